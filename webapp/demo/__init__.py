"""`evidence demo`: a page of our own, examined, to see the product work before bringing one's own.

    command    the command: what it says, serves and publishes
    making     the folder of the demonstration: a base, an instance with the page and a signature

`page.md` is the page of a clinic that does not exist; `register.yaml` says which claim stands where
on it and takes the judgements from the bundled texts, so that none is made up. A line in here may
know whatever serves and publishes; nothing else knows it.
"""
