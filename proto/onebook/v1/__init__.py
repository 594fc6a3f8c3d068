"""onebook.v1: the contract's messages and stubs, generated from the .proto files beside this one."""
