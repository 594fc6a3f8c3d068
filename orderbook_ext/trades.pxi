# TradeDecoder.

cdef object object_new = object.__new__


@cython.final
cdef class TradeDecoder:
    cdef trade_shape shape
    cdef trade_message *message
    cdef object trade, event, sides
    cdef dict texts  # of names that come again and again
    cdef str prefix
    cdef bint named, of_all
    cdef int busy

    def __cinit__(self, shape, trade, event, sides, *, bint numbered):
        if not isinstance(shape, TradeShape):
            raise TypeError("a TradeDecoder takes a TradeShape")
        self.trade, self.event, self.sides = trade, event, tuple(sides)
        self.texts, self.prefix = {}, shape.prefix
        self.named, self.of_all = bool(shape.stream), bool(shape.symbol_of_all)
        self.message = <trade_message *>malloc(sizeof(trade_message))
        if self.message == NULL:
            raise MemoryError
        shape_init(&self.shape.message)
        for role, place in enumerate((shape.stream, shape.kind, shape.rows, shape.symbol_of_all, shape.also)):
            if place:
                self._add(role, place)
        for place in shape.top:
            self._add(-1, place)
        for field, name in enumerate(TRADE_FIELDS):
            self._set(&self.shape.keys[field], getattr(shape, name))
        for name in shape.kinds:
            self._word(&self.shape.kinds, name)
        for name in shape.also_words:
            self._word(&self.shape.also, name)
        for name in shape.harmless:
            self._word(&self.shape.harmless, name)
        for name in shape.buys:
            self._word(&self.shape.buys, name)
        for name in shape.sells:
            self._word(&self.shape.sells, name)
        self.shape.single, self.shape.listed = shape.form != "list", shape.form != "object"
        self.shape.time_format = <time_format><int>TIME_FORMATS.index(shape.time_format)
        self.shape.time_unit, self.shape.numbered = shape.time_unit, numbered

    def __dealloc__(self):
        free(self.message)

    cdef int _add(self, int role, str place) except -1:
        cdef bytes key
        cdef uint32_t at = PLACE_TOP
        path, name = key_path(place)
        for step in path:
            key = step.encode()
            at = shape_inside(&self.shape.message, at, <const uint8_t *>PyBytes_AS_STRING(key), len(key))
        key = name.encode()
        if not at or not trade_shape_add(&self.shape, role, at, <const uint8_t *>PyBytes_AS_STRING(key), len(key)):
            raise ValueError("a trade shape takes at most 32 different keys")
        return 0

    cdef int _set(self, word *out, str text) except -1:
        cdef bytes key = text.encode()
        if len(key) > 63:
            raise ValueError(f"{text!r} is too long for a key")
        memcpy(out.text, PyBytes_AS_STRING(key), len(key))
        out.length = <uint8_t>len(key)
        return 0

    cdef int _word(self, words *list_, str text) except -1:
        cdef bytes key = text.encode()
        if len(key) > 63 or not words_add(list_, <const uint8_t *>PyBytes_AS_STRING(key), len(key)):
            raise ValueError("a trade shape takes at most 8 words of up to 63 bytes")
        return 0

    cdef str _text(self, const slice *place):
        return (<const char *>place.start)[:place.length].decode("ascii")

    cdef str _known(self, const slice *place):
        """The same object for the same text: there are few."""
        cdef bytes key = (<const char *>place.start)[:place.length]
        cdef object found = self.texts.get(key)
        if found is None:
            if len(self.texts) >= 4096:
                self.texts.clear()
            found = self.texts[key] = key.decode("ascii")
        return <str>found

    def read(self, bytes data not None):
        if not flag_take(&self.busy):
            raise RuntimeError("the decoder is in use by another thread")
        try:
            if not scan_trades(&self.shape, self.message, <const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)):
                return None
            return self._events()
        finally:
            flag_give(&self.busy)

    cdef list _events(self):
        cdef uint32_t i
        cdef str stream = self._known(&self.message.roles[0]) if self.named else None
        cdef str symbol = self._known(&self.message.roles[3]) if self.of_all else None
        cdef trade_row *row
        cdef list events = []
        for i in range(self.message.count):
            row = &self.message.rows[i]
            if not EARLIEST_TIME <= row.time < LATEST_TIME:
                return None
            events.append(self._event(row, stream, symbol))
        return events

    cdef object _event(self, const trade_row *row, str stream, str symbol):
        """Made without their constructors, which would cost more than all the rest."""
        cdef str own = self._known(&row.fields[5]) if row.fields[5].start != NULL else symbol
        if stream is None:
            stream = self.prefix + (own if symbol is None else symbol)
        cdef object trade = object_new(self.trade)
        PyObject_GenericSetAttr(trade, "symbol", own)
        PyObject_GenericSetAttr(trade, "trade_id", self._text(&row.fields[0]))
        PyObject_GenericSetAttr(trade, "price", Decimal(self._text(&row.fields[1])))
        PyObject_GenericSetAttr(trade, "size", Decimal(self._text(&row.fields[2])))
        PyObject_GenericSetAttr(trade, "side", (<tuple>self.sides)[1 if row.sells else 0])
        PyObject_GenericSetAttr(trade, "exchange_time", <object>row.time)
        cdef object event = object_new(self.event)
        PyObject_GenericSetAttr(event, "stream", stream)
        PyObject_GenericSetAttr(event, "trade", trade)
        PyObject_GenericSetAttr(event, "past", False)
        return event
