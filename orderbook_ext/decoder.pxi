# FrameDecoder.

@cython.final
cdef class FrameDecoder:
    cdef frame_shape shape
    cdef frame frame
    cdef int busy

    def __cinit__(self, shape):
        if not isinstance(shape, FrameShape):
            raise TypeError("a FrameDecoder takes a FrameShape")
        shape_init(&self.shape)
        for role, role_name in enumerate(KEY_ROLES):
            for rank, name in enumerate(getattr(shape, role_name)):
                self._add(role, rank, key_path(name))
        self._add_rows(&self.shape.rows[0], shape.rows)
        self._add_rows(&self.shape.rows[1], shape.change_rows)
        self._add_words(&self.shape.bid_words, shape.bid_words)
        self._add_words(&self.shape.ask_words, shape.ask_words)
        self._add_words(&self.shape.snapshot_words, shape.snapshot_words)
        self.shape.time_format = <time_format><int>TIME_FORMATS.index(shape.time_format)
        if shape.positions is not None:
            self._add_positions(shape.positions)
        shape_settle(&self.shape)

    def __dealloc__(self):
        frame_free(&self.frame)

    cdef int _add(self, int role, uint32_t rank, object path) except -1:
        cdef bytes text = path[1].encode()
        cdef uint32_t place = self._place(path[0])
        if not place or not shape_add(&self.shape, <key_role>role, rank, place,
                                      <const uint8_t *>PyBytes_AS_STRING(text), len(text)):
            raise ValueError("a frame shape takes at most 32 different keys")
        return 0

    cdef uint32_t _place(self, object path) except? 0:
        """The number of a place; 0 if there is no room for it."""
        cdef bytes key
        cdef uint32_t place = PLACE_TOP
        if path is None:
            return PLACE_ANY
        for step in path:
            key = step.encode()
            place = shape_inside(&self.shape, place, <const uint8_t *>PyBytes_AS_STRING(key), len(key))
            if not place:
                break
        return place

    cdef int _add_rows(self, row_shape *rows, object shape) except -1:
        cdef bytes key
        rows.signed_size, rows.skip_zero = shape.signed, shape.skip_zero_price
        for field, name in enumerate(ROW_FIELDS, start=1):
            place = getattr(shape, name)
            if isinstance(place, int):
                row_shape_column(rows, <row_field><int>field, place)
            elif place is not None:
                key = place.encode()
                row_shape_key(rows, <row_field><int>field, <const uint8_t *>PyBytes_AS_STRING(key), len(key))
        return 0

    cdef int _add_words(self, words *list_, object texts) except -1:
        cdef bytes word
        for text_ in texts:
            word = text_.encode()
            words_add(list_, <const uint8_t *>PyBytes_AS_STRING(word), len(word))
        return 0

    cdef int _add_positions(self, object positions) except -1:
        self.shape.positions.route, self.shape.positions.rows = positions.route, positions.rows
        self.shape.positions.tail_count = len(positions.tail)
        for place, role in enumerate(positions.tail):
            self.shape.positions.tail[place] = KEY_ROLES.index(role)
        return 0

    cdef inline int _take(self) except -1:
        if not flag_take(&self.busy):
            raise RuntimeError("the decoder is in use by another thread")
        return 0

    cdef inline int _scan(self, object data, int64_t after) except -1:
        """1 or 0; the decoder is taken."""
        if type(data) is bytes:
            return self._scan_bytes(<const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), after)
        return self._scan_buffer(memoryview(data).cast("B"), after)

    cdef int _scan_buffer(self, const uint8_t[::1] data, int64_t after) except -1:
        return self._scan_bytes(&data[0] if data.shape[0] else NULL, data.shape[0], after)

    cdef inline int _scan_bytes(self, const uint8_t *data, size_t size, int64_t after) except -1:
        cdef bint found = scan_frame(&self.shape, &self.frame, data, size, after)
        if self.frame.no_memory:
            raise MemoryError
        return found

    def scan(self, frame, int64_t after=-1):
        self._take()
        try:
            return self._scan(frame, after) == 1
        finally:
            flag_give(&self.busy)

    @property
    def valid(self):
        return self.frame.valid

    @property
    def route(self):
        self._take()
        try:
            return self.frame.route[:self.frame.route_length].decode() if self.frame.valid else ""
        finally:
            flag_give(&self.busy)

    @property
    def first_id(self):
        return self.frame.numbers[0] if self.frame.valid else -1

    @property
    def last_id(self):
        return self.frame.numbers[1] if self.frame.valid else -1

    @property
    def previous_id(self):
        return self.frame.numbers[2] if self.frame.valid else -1

    @property
    def time(self):
        return self.frame.numbers[3] if self.frame.valid else -1

    @property
    def checksum(self):
        cdef int64_t value = self.frame.numbers[4]
        return value & 0xFFFFFFFF if self.frame.valid and value != NO_CHECKSUM else None

    @property
    def snapshot(self):
        return self.frame.valid and self.frame.snapshot

    @property
    def bid_count(self):
        return self.frame.sides[0].count if self.frame.valid else 0

    @property
    def ask_count(self):
        return self.frame.sides[1].count if self.frame.valid else 0
