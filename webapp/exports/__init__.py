"""What programs read: references and claims in forms other than pages.

    downloads, zotero, unapi, negotiation  a reference for reference managers, one form or another
    coins, highwire, jsonld, setup, parts  what a page says to programs, beside its words
    annotations, cito                      claims as W3C Web Annotations
    feeds, sitemap                         Atom, sitemap, robots

A line in here may know the texts as they stand, the library, the words of the wording and how an
address leads to a thing (`lookups`). It knows no page of a reader and nothing of the desk.
"""
