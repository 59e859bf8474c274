"""The rules of `make tidy`: each module holds some, as functions from a Tree to its Findings."""
