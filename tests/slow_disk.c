/* A disk that takes its time: writing below SLOW_FOLDER waits as long as the file SLOW_WHILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wait_for_disk(int fd) {
    const char *folder = getenv("SLOW_FOLDER"), *slow = getenv("SLOW_WHILE");
    char link[64], path[4096];
    ssize_t length;
    if (!folder || !slow)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < (ssize_t)strlen(folder) || strncmp(path, folder, strlen(folder)))
        return;
    while (!access(slow, F_OK))
        usleep(20000);
}

#define SLOW(type, name, parameters, arguments)      \
    type name parameters {                           \
        static type (*real) parameters;              \
        if (!real)                                   \
            real = dlsym(RTLD_NEXT, #name);          \
        wait_for_disk(fd);                           \
        return real arguments;                       \
    }

SLOW(int, fsync, (int fd), (fd))
SLOW(int, fdatasync, (int fd), (fd))
SLOW(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
SLOW(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
SLOW(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
