# Protobuf bytes to readable JSON: the plan as Python tuples, compiled to the structures of transcode.h.

@cython.final
cdef class JsonWriter:
    cdef plan_shape *shapes
    cdef uint32_t shape_count
    cdef list strings
    cdef tuple held

    def __cinit__(self, shapes, held):
        cdef uint32_t i
        self.strings = []
        self.held = tuple([(int(number), int(shape)) for number, shape in held])
        self.shape_count = len(shapes)
        self.shapes = <plan_shape *>allocate(self.shape_count * sizeof(plan_shape))
        for i in range(self.shape_count):
            self._compile(&self.shapes[i], shapes[i])
        for _, shape in self.held:
            check_place(shape, self.shape_count)

    def __dealloc__(self):
        cdef uint32_t i, k
        if self.shapes == NULL:
            return
        for i in range(self.shape_count):
            if self.shapes[i].fields != NULL:
                for k in range(self.shapes[i].field_count):
                    free(<void *>self.shapes[i].fields[k].names)
            free(self.shapes[i].fields)
        free(self.shapes)

    def line(self, bytes payload not None):
        cdef slot found
        cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(payload)
        cdef size_t length = PyBytes_GET_SIZE(payload)
        cdef transcoder t
        chosen = self.held[0][1]
        for number, shape in self.held:
            if not find_held(data, length, number, &found) or found.seen > 1:
                raise ValueError(BAD_MESSAGE)
            if found.seen:
                chosen = shape
                break
        memset(&t, 0, sizeof(t))
        t.shapes = self.shapes
        try:
            return written_line(&t, chosen, &found)
        finally:
            free(t.out.start)
            free(t.venues)

    def lines(self, bytes payload not None):
        cdef slot found
        cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(payload)
        cdef const uint8_t *end = data + PyBytes_GET_SIZE(payload)
        cdef transcoder t
        number, shape = self.held[0]
        if not find_held(data, end - data, number, &found):
            raise ValueError(BAD_MESSAGE)
        memset(&t, 0, sizeof(t))
        t.shapes = self.shapes
        made = []
        try:
            while True:
                data = next_of_list(data, end, number, &found)
                if data == NULL:
                    return made
                made.append(written_line(&t, shape, &found))
        finally:
            free(t.out.start)
            free(t.venues)

    cdef int _compile(self, plan_shape *to, object plan) except -1:
        cdef uint32_t i
        cdef const char *wires
        type_name, exponents, venues, nameless, wire_types, fields = plan
        if len(wire_types) != FIELD_NUMBERS or len(exponents) > REGISTERS:
            raise ValueError("a plan has the types of 64 fields, and at most 4 exponents")
        self._string(&to.start, f'{{"type": "{type_name}"')
        wires = PyBytes_AS_STRING(wire_types)
        memcpy(to.wires, wires, FIELD_NUMBERS)
        to.exponent_count = len(exponents)
        for i, (number, register) in enumerate(exponents):
            to.exponents[i][0] = check_place(number, FIELD_NUMBERS)
            to.exponents[i][1] = check_place(register, REGISTERS)
        to.venues, to.venue_name, to.venue_currency = [check_place(number, FIELD_NUMBERS) for number in venues]
        to.is_nameless = nameless
        to.fields = <plan_field *>allocate(len(fields) * sizeof(plan_field))
        to.field_count = len(fields)
        for i in range(to.field_count):
            self._compile_field(&to.fields[i], fields[i])
        return 0

    cdef int _compile_field(self, plan_field *to, object plan) except -1:
        cdef json_string *names
        cdef uint32_t i
        name, number, kind, coding, is_list, is_optional, known_by, scale, shift, values, child = plan
        if len(known_by) > 2 or (kind == ENUM_KIND and not values):
            raise ValueError("a field is known by at most 2 others, and an enum has names")
        self._string(&to.key, f'"{name}": ')
        to.number, to.kind, to.coding = check_place(number, FIELD_NUMBERS), check_place(kind, KINDS), coding
        to.is_list, to.is_optional = is_list, is_optional
        to.scale, to.shift, to.child = check_place(scale, REGISTERS), shift, check_place(child, self.shape_count)
        to.known_count = len(known_by)
        for i in range(to.known_count):
            to.known_by[i] = check_place(known_by[i], FIELD_NUMBERS)
        names = <json_string *>allocate(len(values) * sizeof(json_string))
        to.names, to.name_count = names, len(values)
        for i in range(to.name_count):
            self._string(&names[i], f'"{values[i]}"')
        return 0

    cdef int _string(self, json_string *to, str text) except -1:
        """The text lives as long as the plan."""
        made = text.encode()
        self.strings.append(made)
        to.text, to.length = PyBytes_AS_STRING(made), PyBytes_GET_SIZE(made)
        return 0


cdef enum:
    ENUM_KIND = 6
    KINDS = 10


cdef uint32_t check_place(object value, uint32_t count) except? 0xffffffff:
    if not 0 <= value < count:
        raise ValueError(f"{value} is not below {count}")
    return value


cdef void *allocate(size_t size) except NULL:
    cdef void *made = malloc(size or 1)
    if made == NULL:
        raise MemoryError
    memset(made, 0, size)
    return made


cdef bytes written_line(transcoder *t, uint32_t shape, const slot *found):
    cdef int result
    with nogil:
        result = transcode(t, shape, found.data, found.value)
    if result == TRANSCODED:
        return PyBytes_FromStringAndSize(t.out.start, t.out.length)
    if result == NO_MEMORY:
        raise MemoryError
    if result == BAD_VENUE:
        raise ValueError("a message names a venue that it does not have")
    if result == BAD_EXPONENT:
        raise ValueError("no number of the contract has this exponent")
    raise ValueError(BAD_MESSAGE)
