"""The same search on an OpenSearch cluster: candidates there, the ranking here.

`mapping.mapping` and `mapping.settings` make an index, `body.body_of` a document of it, and
`client.client` speaks to the cluster that `address.address_of` finds in the settings.
A line in here may know what a cluster takes and answers; how good a document is, it asks `ranking`.
Imports go down this list:

- `load`: files of any size beside the library, as streams, by processes
- `examination`: how the cluster and its index are
- `engine`: searches and claims, answered from an index there
- `building`: its index, written anew, brought up to date, swapped and swapped back
- `candidates`, `lists`: documents that may answer, as arrays; how they are asked for
- `loaded`, `bulk`: a record of a file as a document and back; many documents sent
- `knowledge`: what is known of the whole index, asked for many things at a time
- `terms`: what is sought, in the cluster's query language
- `body`: a reference as a cluster takes it
- `mapping`: the fields of an index there
- `client`: what is sent, what comes back
- `address`: where the cluster is
"""
