# TradeDecoder.

cdef tuple TRADE_SLOTS = (b"symbol", b"trade_id", b"price", b"size", b"side", b"exchange_time")
cdef tuple EVENT_SLOTS = (b"stream", b"trade", b"past")


@cython.final
cdef class TradeDecoder:
    cdef trade_shape shape
    cdef trade_message *message
    cdef object trade, event, buys, sells
    cdef Py_ssize_t trade_slots[6]
    cdef Py_ssize_t event_slots[3]
    cdef known_texts names, numbers
    cdef str prefix, suffix
    cdef dict streams  # by symbol, where the symbol makes the name
    cdef bint named, of_all, of_stream
    cdef int busy

    def __cinit__(self, shape, trade, event, sides, *, bint numbered):
        if not isinstance(shape, TradeShape):
            raise TypeError("a TradeDecoder takes a TradeShape")
        self.trade, self.event = trade, event
        self.prefix, self.suffix, self.streams = shape.prefix, shape.suffix, {}
        self.buys, self.sells = sides
        for at, slot in enumerate(TRADE_SLOTS):
            self.trade_slots[at] = slot_offset(trade, <bytes>slot)
        for at, slot in enumerate(EVENT_SLOTS):
            self.event_slots[at] = slot_offset(event, <bytes>slot)
        self.named, self.of_all = bool(shape.stream), bool(shape.symbol_of_all)
        self.of_stream = not (shape.symbol or shape.symbol_of_all)
        self.message = <trade_message *>malloc(sizeof(trade_message))
        if self.message == NULL:
            raise MemoryError
        self.message.number = -1
        shape_init(&self.shape.message)
        for role, place in enumerate((shape.stream, shape.kind, shape.rows, shape.symbol_of_all, shape.also, shape.number)):
            if place:
                self._add(role, place)
        for place in shape.top:
            self._add(-1, place)
        for field, name in enumerate(TRADE_FIELDS):
            self._key(field, getattr(shape, name))
            if not shape.rows and getattr(shape, name):
                self._add(-1, f".{getattr(shape, name)}")
        if shape.only:
            self.shape.list_place = self._place((*key_path(shape.only)[0], key_path(shape.only)[1]))
        self.shape.whole, self.shape.signed_size, self.shape.array = not shape.rows, not shape.side, shape.array
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
        known_clear(&self.names)
        known_clear(&self.numbers)

    cdef int _add(self, int role, str place) except -1:
        path, name = key_path(place)
        cdef uint32_t at = self._place(path)
        cdef bytes key = name.encode()
        if not trade_shape_add(&self.shape, role, at, <const uint8_t *>PyBytes_AS_STRING(key), len(key)):
            raise ValueError("a trade shape takes at most 32 different keys")
        return 0

    cdef uint32_t _place(self, path) except 0:
        """Of what is under these keys."""
        cdef bytes key
        cdef uint32_t at = PLACE_TOP
        for step in path:
            key = step.encode()
            at = shape_inside(&self.shape.message, at, <const uint8_t *>PyBytes_AS_STRING(key), len(key))
            if not at:
                raise ValueError("a trade shape takes at most 32 different keys")
        return at

    cdef int _key(self, int field, str text) except -1:
        cdef bytes key = text.encode()
        if len(key) > 63:
            raise ValueError(f"{text!r} is too long for a key")
        trade_shape_key(&self.shape, field, <const uint8_t *>PyBytes_AS_STRING(key), <uint32_t>len(key))
        return 0

    cdef int _word(self, words *list_, str text) except -1:
        cdef bytes key = text.encode()
        if len(key) > 63 or not words_add(list_, <const uint8_t *>PyBytes_AS_STRING(key), len(key)):
            raise ValueError("a trade shape takes at most 8 words of up to 63 bytes")
        return 0

    @property
    def number(self):
        return self.message.number

    cdef str _text(self, const slice *place):
        return (<const char *>place.start)[:place.length].decode("ascii")

    cdef object _name(self, const slice *place):
        """The same object for the same text: there are few."""
        cdef known_text *item = known_item(&self.names, place.start, place.length)
        if item != NULL and known_is(item, place.start, place.length):
            return <object>item.made
        made = self._text(place)
        if item != NULL:
            known_set(item, place.start, place.length, made)
        return made

    cdef object _number(self, const slice *place):
        """Likewise: trades follow one another at one price."""
        cdef known_text *item = known_item(&self.numbers, place.start, place.length)
        if item != NULL and known_is(item, place.start, place.length):
            return <object>item.made
        made = Decimal(self._text(place))
        if item != NULL:
            known_set(item, place.start, place.length, made)
        return made

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
        cdef str stream = self._name(&self.message.roles[0]) if self.named else None
        cdef str symbol = self._name(&self.message.roles[3]) if self.of_all else None
        cdef trade_row *row
        cdef list events = []
        if self.of_stream:
            if not stream.startswith(self.prefix) or len(stream) == len(self.prefix):
                return None
            symbol = stream[len(self.prefix):]
        for i in range(self.message.count):
            row = &self.message.rows[i]
            if not EARLIEST_TIME <= row.time < LATEST_TIME:
                return None
            events.append(self._event(row, stream, symbol))
        return events

    cdef object _event(self, const trade_row *row, str stream, str symbol):
        """Made without their constructors, which would cost more than all the rest."""
        cdef str own = self._name(&row.fields[5]) if row.fields[5].start != NULL else symbol
        cdef object trade = slots_new(self.trade), event = slots_new(self.event)
        slot_fill(trade, self.trade_slots[0], own)
        slot_fill(trade, self.trade_slots[1], self._text(&row.fields[0]))
        slot_fill(trade, self.trade_slots[2], self._number(&row.fields[1]))
        slot_fill(trade, self.trade_slots[3], self._number(&row.fields[2]))
        slot_fill(trade, self.trade_slots[4], self.sells if row.sells else self.buys)
        slot_fill(trade, self.trade_slots[5], <object>row.time)
        if stream is None:
            stream = self._stream(own if symbol is None else symbol)
        slot_fill(event, self.event_slots[0], stream)
        slot_fill(event, self.event_slots[1], trade)
        slot_fill(event, self.event_slots[2], False)
        return event

    cdef str _stream(self, str symbol):
        found = self.streams.get(symbol)
        if found is None:
            if len(self.streams) >= 4096:
                self.streams.clear()
            found = self.streams[symbol] = self.prefix + symbol + self.suffix
        return <str>found
