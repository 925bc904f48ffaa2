"""Speed of the search engine beside its peers, in one run (`make bench`)."""
