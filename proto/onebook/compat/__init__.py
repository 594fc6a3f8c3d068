"""Wires of others that onebook also speaks, generated from the .proto files beside this one."""
