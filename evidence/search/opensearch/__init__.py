"""The same search on an OpenSearch cluster: candidates there, the ranking here.

`mapping.mapping` and `mapping.settings` make an index, `body.body_of` a document of it, and
`client.client` speaks to the cluster that `address.address_of` finds in the settings.
A line in here may know what a cluster takes and answers; how good a document is, it asks `ranking`.
Imports go down this list:

- `body`: a reference as a cluster takes it
- `mapping`: the fields of an index there
- `client`: what is sent, what comes back
- `address`: where the cluster is
"""
