"""The editors' desk: sign in, see what needs attention, decide, sign, bring texts, report.

opening    adds the desk to the app
proxies    what trusted reverse proxies say
secret     the key of sessions
session    who is signed in, roles, protected forms
state      register, journal and page of a text together
attention  what needs an editor first
dashboard  a text at a glance, several claims at once
decision   one claim: link, decide, discuss, sign
passage    the words of the page that a claim points at
"""
