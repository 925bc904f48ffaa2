"""CSL JSON, the exchange form of citation processors and of Zotero."""
