# FrameDecoder.

@cython.final
cdef class FrameDecoder:
    cdef frame_shape shape
    cdef frame frame
    cdef int busy

    def __cinit__(self, shape):
        if not isinstance(shape, FrameShape):
            raise TypeError("a FrameDecoder takes a FrameShape")
        shape_init(&self.shape, shape.price_column, shape.size_column)
        for role, role_name in enumerate(KEY_ROLES):
            for rank, name in enumerate(getattr(shape, role_name)):
                self._add(role, rank, name.encode())
        for role in range(4):
            self.frame.ids[role] = -1

    def __dealloc__(self):
        frame_free(&self.frame)

    cdef int _add(self, int role, uint32_t rank, bytes name) except -1:
        if not shape_add(&self.shape, <key_role>role, rank, <const uint8_t *>PyBytes_AS_STRING(name), len(name)):
            raise ValueError("a frame shape takes at most 32 different keys")
        return 0

    cdef inline int _take(self) except -1:
        if not flag_take(&self.busy):
            raise RuntimeError("the decoder is in use by another thread")
        return 0

    cdef inline int _scan(self, object data) except -1:
        """1 or 0; the decoder is taken."""
        cdef bint found
        if type(data) is bytes:
            found = scan_frame(&self.shape, &self.frame, <const uint8_t *>PyBytes_AS_STRING(data),
                               PyBytes_GET_SIZE(data))
        else:
            found = self._scan_buffer(memoryview(data).cast("B"))
        if self.frame.no_memory:
            raise MemoryError
        return found

    cdef bint _scan_buffer(self, const uint8_t[::1] data) except -1:
        return scan_frame(&self.shape, &self.frame, &data[0] if data.shape[0] else NULL, data.shape[0])

    def scan(self, frame):
        self._take()
        try:
            return self._scan(frame) == 1
        finally:
            flag_give(&self.busy)

    @property
    def route(self):
        self._take()
        try:
            return self.frame.route[:self.frame.route_length].decode() if self.frame.valid else ""
        finally:
            flag_give(&self.busy)

    @property
    def first_id(self):
        return self.frame.ids[0] if self.frame.valid else -1

    @property
    def last_id(self):
        return self.frame.ids[1] if self.frame.valid else -1

    @property
    def previous_id(self):
        return self.frame.ids[2] if self.frame.valid else -1

    @property
    def time(self):
        return self.frame.ids[3] if self.frame.valid else -1

    @property
    def bid_count(self):
        return self.frame.sides[0].count if self.frame.valid else 0

    @property
    def ask_count(self):
        return self.frame.sides[1].count if self.frame.valid else 0
