"""What the packages below say of a mistake, in the language of the person at the desk.

Those an editor can meet are listed here as they are written there. A test looks for each of
them where it comes from.
"""

from __future__ import annotations

from webapp import outage
from webapp.wording.messages import Sentences


def _(message: str) -> str:
    """Marks a message for the catalogue; it is translated when it is said."""
    return message


MESSAGES = (
    # evidence/journal/accounts.py
    _("A password has %(least)s to %(most)s characters; several words do."),
    _("This password is too easy to guess; take several words."),
    _("'%(name)s' cannot be a name of an account; use 2 to 80 letters, digits, . _ - @."),
    _("'%(role)s' is no role; use one of %(roles)s."),
    _("The name of the person is longer than 200 characters."),
    _("'%(name)s' is the only administrator; make another one first."),
    _("The account '%(name)s' was changed meanwhile; sign in again."),
    # evidence/originals, evidence/drafting/draft.py
    _("%(page)s makes no claim that could be checked; is it the page you mean?"),
    _("%(page)s is not HTML, plain text, Markdown, DOCX or PDF; save the page in one of these."),
    _("%(page)s is larger than %(size)s MB; shorten it."),
    _(
        "%(page)s has no text that could be read; check that it is the page itself "
        "(a page drawn by scripts must be saved from the browser first)."
    ),
    _("The DOCX file unpacks to more than 200 MB; save it without its pictures."),
    _("The file is not a readable DOCX document; open it in a word processor and save it."),
    _("The file is not a readable PDF (damaged or protected); save or print it to PDF again."),
    _("The PDF has no text, only pictures of it; run text recognition (OCR) on it first."),
    _("%(url)s is no address of a page; it begins with http:// or https:// and names a host."),
    _("%(url)s leads to another site (%(host)s); give that address if it is the page you mean."),
    _("%(url)s answered %(status)s; open it in a browser and check the address."),
    _("%(url)s cannot be fetched (%(why)s); check the address and the connection."),
    _(
        "%(host)s is an address of a private network, which is not fetched from here; "
        "load the page from the command line or upload its file."
    ),
    _("%(url)s sends its page too slowly; try again later."),
    _("%(url)s redirects in a circle; open it in a browser."),
    _("The page is not readable HTML; save it from a browser."),
    _("%(page)s holds more than %(most)s characters; bring it in parts."),
    _("%(page)s holds more than %(most)s claims or printed sources; bring it in parts."),
    _(
        "%(page)s cannot be read: it is damaged, or takes more memory or time than a page should; "
        "save it as plain text, or only the part that matters."
    ),
    _("Several pages are being read at this moment; try again in a minute."),
    # evidence/check.py, the rules of one claim
    _("'%(id)s' is not a concept; mend the id or add the concept"),
    _("no reference has the key '%(key)s'; mend it or add the reference"),
    _("is 'supported' without any link that supports it; lower the verdict"),
    _("is 'supported' on indirect references only; lower the verdict"),
    _("is 'supported' on incomplete references only; lower the verdict"),
    _("is 'contradicted' without any link that contradicts it; mend one"),
    _("is 'no-evidence-found' while a link supports it; mend one of the two"),
    _("a claim that cannot be checked has the certainty 'none'"),
    # evidence/journal
    _("There is no claim '%(claim)s' in '%(text)s'; it may have been removed."),
    _("'%(claim)s' has no link to '%(key)s'; it may have been removed already."),
    _("The event holds more than %(most)s characters; shorten it."),
    _("The event holds a NUL character, which is not plain text."),
)


SENTENCES = Sentences(MESSAGES)


def said(error: object) -> str:
    """An error, or the sentence of one, in the language of this request.

    Raises:
        UserError: the error itself when it is a fault of the server: what that says (a folder,
            the address of a database) is not for whoever sent a form.
    """
    if isinstance(error, BaseException) and outage.is_of_the_server(error):
        raise error
    sentence = str(error)
    return SENTENCES.translated(sentence) or sentence
