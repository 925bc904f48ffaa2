"""Who reads and who edits: sessions, roles, what trusted proxies say.

    session   who is signed in, what they may do, forms that nobody else can send
    proxies   what a reverse proxy says about a request, and who signed in there
    secret    the key that signs the cookies of sessions

A line in here may know the accounts of the instance, the request and how answers are kept
(`http`). It knows no page: those of signing in are on the desk.
"""
