# What the Cython files use of the C headers.

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t


cdef extern from "mutex.h":
    ctypedef struct pthread_mutex_t:
        pass
    int pthread_mutex_init(pthread_mutex_t *mutex, void *attributes) nogil
    int pthread_mutex_destroy(pthread_mutex_t *mutex) nogil
    int pthread_mutex_lock(pthread_mutex_t *mutex) nogil
    void mutex_acquire(pthread_mutex_t *mutex)
    void mutexes_acquire(pthread_mutex_t **mutexes, uint32_t count)
    void mutexes_release(pthread_mutex_t **mutexes, uint32_t count) nogil
    void mutex_release(pthread_mutex_t *mutex) nogil
    struct consistency_lock:
        pthread_mutex_t mutex
    void consistency_acquire(consistency_lock *lock)
    bint consistency_release(consistency_lock *lock)
    bint flag_take(int *flag) nogil
    void flag_give(int *flag) nogil


cdef extern from "wire.h" nogil:
    enum:
        MAX_DECIMALS
        MAX_VENUES

    ctypedef struct u128:
        pass

    struct number:
        uint64_t mantissa
        uint32_t decimals

    struct raw_level:
        uint64_t price, size
        uint8_t price_decimals, size_decimals

    struct level:
        int64_t key, size

    struct level_list:
        raw_level *raw
        uint32_t count

    struct digit_guess:
        uint32_t whole, decimals

    void trim_decimals(uint64_t *mantissa, uint32_t *decimals)
    const uint8_t *parse_number(const uint8_t *p, const uint8_t *end, number *out, digit_guess *guess)
    bint level_list_reserve(level_list *list)
    void level_list_free(level_list *list)

    enum book_status:
        BOOK_OK
        BOOK_NO_MEMORY
        BOOK_SCALE
        BOOK_FULL

    struct scales:
        uint32_t price, size

    struct scale_fault:
        uint64_t mantissa
        uint32_t decimals, wanted
        bint held

    struct change_counts:
        uint64_t inserts, changes, deletes, absent_deletes

    struct book_stats:
        uint64_t updates, loads, widenings, truncated
        change_counts levels

    struct side:
        bint laddered

    struct vwap_sums:
        uint32_t levels

    struct book:
        side *sides
        scales scales
        bint whole
        int64_t *extremes
        uint64_t version
        book_stats stats

    void book_init(book *b, uint32_t price_decimals, uint32_t size_decimals, number tick, uint32_t depth, bint window,
                   bint keeps_written)
    void book_free(book *b)
    book_status book_apply(book *b, level_list *lists, scale_fault *fault)
    book_status book_load(book *b, level_list *lists, bint whole, scale_fault *fault)
    void book_clear(book *b)
    const char *book_check(const book *b)
    uint32_t book_top(const book *b, int side, uint32_t limit, level *out)
    bint book_vwap(const book *b, int side, uint32_t limit, vwap_sums *sums)
    bint book_crossed(const book *b)
    uint32_t book_known(const book *b, int side, uint32_t limit)
    uint32_t side_count(const side *s)
    bint side_best(const side *s, level *best)

    uint64_t notional_high(const vwap_sums *sums)
    uint64_t notional_low(const vwap_sums *sums)
    uint64_t size_high(const vwap_sums *sums)
    uint64_t size_low(const vwap_sums *sums)

    struct merged_level:
        int64_t price, size, venue

    struct text:
        const char *bytes
        uint32_t length

    struct venue_state:
        book *book
        int32_t state
        uint32_t resyncs, gaps, checksum_failures
        uint64_t checksums_verified, frames
        int64_t exchange_time, receive_time, receive_monotonic, sequence
        bint measures
        int64_t measured_receipt, measured_apply
        number unit
        bint inverse, unverified
        uint32_t audits, bid_match, ask_match, ghosts, missing, trades_state
        int64_t clock_offset, clock_uncertainty
        text detail

    struct vwap_prices:
        uint32_t decimals
        bint *has
        int64_t *price

    struct rate:
        text currency
        bint known
        number *sides

    struct venue_copy:
        venue_state state

    struct merge:
        scales scales
        venue_copy *venues
        merged_level **levels
        vwap_sums *vwaps
        uint32_t *proved
        bint two_sided, has_spread_points
        int64_t spread, mid, spread_points, exchange_time, receive_time

    struct view:
        text market
        uint32_t venue_count, levels, vwap_levels
        number dust
        const venue_state **venues
        text *names
        rate *rates
        bint rated
        merge *now
        uint8_t *out
        size_t out_capacity

    struct stamp:
        uint64_t publish_time, epoch, sequence
        int64_t monotonic
        bint heartbeat
        text extra

    bint view_init(view *v)
    void view_free(view *v)
    bint view_refresh(view *v)
    const vwap_prices *merge_prices(merge *m)
    uint32_t shown_levels(const view *v, int side)
    bint reserve_out(view *v, size_t extra)
    uint8_t *encode_book(const view *v, const stamp *s, uint8_t *end)
    uint8_t *encode_summary(const view *v, const stamp *s, uint8_t *end)
    uint8_t *encode_status(const view *v, const stamp *s, uint8_t *end)
    uint8_t *encode_compat(const view *v, uint8_t *end)
    uint8_t *encode_qualities(const view *v, uint32_t field, int32_t decimals, int64_t monotonic, uint8_t *end)


cdef extern from "observers.h" nogil:
    enum update_kind:
        pass

    struct observer:
        pass

    bint is_live(const venue_state *venue)
    void venue_stamped(venue_state *venue)
    void venue_set_state(venue_state *venue, int32_t state)
    void venue_set_book(venue_state *venue, book *book)
    void venue_add_observer(venue_state *venue, observer *observer)
    void venue_remove_observer(venue_state *venue, const observer *observer)


cdef extern from "digest.h" nogil:
    uint64_t book_digest(book *b)


cdef extern from "digest_chain.h" nogil:
    enum:
        DIGEST_STEPS

    struct digest_step:
        int64_t sequence
        uint64_t digest

    struct digest_chain:
        observer observer
        uint64_t value, frames, states
        digest_step *steps

    void digest_chain_init(digest_chain *chain)


cdef extern from "update_log.h" nogil:
    struct book_update:
        update_kind kind
        int64_t exchange_time, receive_time, sequence
        scales scales
        uint32_t *counts

    struct update_log:
        observer observer
        uint32_t count
        uint64_t lost
        book_update *updates
        level *room

    level *update_levels(const update_log *log, uint32_t place, int side)
    bint update_log_init(update_log *log, uint32_t levels, uint32_t capacity)
    void update_log_free(update_log *log)


cdef extern from "change_log.h" nogil:
    struct told_levels:
        level *items
        uint32_t count

    struct change_queue:
        book_update *updates
        uint32_t count
        told_levels changes

    struct change_log:
        observer observer
        uint64_t lost
        change_queue queue

    bint change_queue_init(change_queue *queue, uint32_t capacity)
    void change_queue_free(change_queue *queue)
    bint change_log_init(change_log *log, uint32_t capacity)
    void change_log_free(change_log *log)


cdef extern from "sweep.h" nogil:
    struct sweep_terms:
        int64_t fee
        number lot, min_size, min_notional

    struct sweep_order:
        int side
        bint by_notional, beyond_proved
        number amount
        const sweep_terms *terms

    struct sweep_part:
        vwap_sums sums
        int64_t worst_price

    struct sweep:
        bint filled, beyond_proved
        scales scales
        sweep_part total
        sweep_part *parts

    bint view_sweep(view *v, const sweep_order *order, sweep *out)
    uint64_t rest_high(const sweep *s)
    uint64_t rest_low(const sweep *s)


cdef extern from "side_copy.h" nogil:
    struct side_copy:
        level *levels
        uint32_t count
        scales scales
        int64_t extreme
        bint whole, inverse, converted
        number unit, rate

    bint side_copies_make(view *v, int side, side_copy *copies)
    void side_copies_free(side_copy *copies, uint32_t count)


cdef extern from "checksum.h" nogil:
    int CHECKSUM_PROGRAM

    struct checksum_rule:
        pass

    void crc_init()
    uint32_t book_checksum(const book *b, const checksum_rule *rule)


cdef extern from "scan.h" nogil:
    int MAX_ROUTE

    int64_t NO_CHECKSUM

    struct row_shape:
        bint signed_size, skip_zero

    struct words:
        pass

    struct positions:
        uint8_t route, rows, tail_count
        uint8_t *tail

    enum time_format:
        pass

    enum row_field:
        pass

    struct frame_shape:
        row_shape *rows
        words bid_words, ask_words, snapshot_words
        positions positions
        time_format time_format

    struct frame:
        level_list *sides
        int64_t *numbers
        uint8_t *route
        uint32_t route_length
        bint snapshot, valid, no_memory

    enum key_role:
        pass

    void shape_init(frame_shape *shape)
    enum:
        PLACE_ANY
        PLACE_TOP

    uint32_t shape_inside(frame_shape *shape, uint32_t place, const uint8_t *text, uint32_t length)
    bint shape_add(frame_shape *shape, key_role role, uint32_t rank, uint32_t place, const uint8_t *text,
                   uint32_t length)
    bint words_add(words *list_, const uint8_t *text, uint32_t length)
    void row_shape_column(row_shape *rows, row_field field, uint32_t column)
    void row_shape_key(row_shape *rows, row_field field, const uint8_t *text, uint32_t length)
    void shape_settle(frame_shape *shape)
    bint scan_frame(const frame_shape *shape, frame *f, const uint8_t *data, size_t length, int64_t after)
    void frame_free(frame *f)


cdef extern from "routes.h" nogil:
    struct route_table:
        pass

    int64_t route_find(const route_table *table, const uint8_t *text, uint32_t length)
    bint route_set(route_table *table, const uint8_t *text, uint32_t length, uint32_t book)
    void routes_clear(route_table *table)


cdef extern from "record_head.h" nogil:
    enum:
        RECORD_HEAD, RECEIVED_KIND, TICK_KIND

    struct record_head:
        uint32_t length, source
        uint8_t kind
        int64_t time, monotonic

    record_head record_head_at(const uint8_t *at)
    int64_t saturated_sum(int64_t a, int64_t b)

cdef extern from "lane.h" nogil:
    enum sequence_kind:
        pass

    struct sequence:
        int64_t position, other

    struct pace:
        int64_t start, began, heard, busy, doublings

    void pace_hear(pace *p, int64_t now)
    int64_t pace_threshold(const pace *p)

    struct awaited_prices:
        bint waits
        number *sides

    bint awaited_seen(awaited_prices *awaited, const book *b)

    struct book_lane:
        bint armed, whole_frames, checks
        sequence_kind kind
        sequence *sequence
        pace *pace
        awaited_prices *awaited
        book *book
        venue_state *venue
        checksum_rule checksum
        int64_t time_unit

    enum lane_outcome:
        LANE_TAKEN
        LANE_REPEATED
        LANE_LEFT
        LANE_MISMATCH
        LANE_CROSSED
        LANE_CROSSED_MATCH

    lane_outcome lane_take(book_lane *lane, frame *f, int64_t received, int64_t monotonic)


cdef extern from "slots.h":
    Py_ssize_t slot_offset(object class_, const char *name) except -1
    object slots_new(object class_)
    void slot_fill(object instance, Py_ssize_t offset, object value)


cdef extern from "known_texts.h":
    struct known_text:
        PyObject *made

    struct known_texts:
        pass

    known_text *known_item(known_texts *known, const uint8_t *text, uint32_t length)
    bint known_is(const known_text *item, const uint8_t *text, uint32_t length)
    void known_set(known_text *item, const uint8_t *text, uint32_t length, object made)
    void known_clear(known_texts *known)


cdef extern from "trades.h" nogil:
    int64_t EARLIEST_TIME, LATEST_TIME

    struct trade_shape:
        frame_shape message
        words kinds, also, buys, sells, harmless
        time_format time_format
        int64_t time_unit
        bint numbered, single, listed, whole, array, signed_size
        uint32_t list_place

    struct slice:
        const uint8_t *start
        uint32_t length
        bint quoted

    struct trade_row:
        slice *fields
        int64_t time
        bint sells

    struct trade_message:
        slice *roles
        trade_row *rows
        uint32_t count
        int64_t number

    void trade_shape_key(trade_shape *shape, int field, const uint8_t *text, uint32_t length)
    bint trade_shape_add(trade_shape *shape, int role, uint32_t place, const uint8_t *text, uint32_t length)
    bint scan_trades(const trade_shape *shape, trade_message *message, const uint8_t *data, size_t length)


cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object value, int *overflow) except? -1


cdef extern from "trade_sequence.h":
    enum trade_ids:
        TRADES_OPAQUE

    enum trade_verdict:
        TRADE_NEWEST
        TRADE_LATE
        TRADE_SEEN
        TRADE_LEFT
        TRADE_NO_MEMORY

    struct seen_ids:
        uint32_t limit

    struct trade_rank:
        bint known

    struct trade_sequence:
        trade_ids ids
        seen_ids seen
        trade_rank last
        bint interrupted, filling

    bint seen_have(const seen_ids *seen, object id)
    bint seen_add(seen_ids *seen, object id)
    void seen_clear(seen_ids *seen)
    trade_rank trade_rank_of(trade_ids ids, object id, int64_t time, bint timed)
    trade_verdict trade_follow(trade_sequence *sequence, object id, trade_rank rank)


cdef extern from "trade_through.h" nogil:
    enum trade_finding:
        TRADES_FIT
        TRADES_FAR
        TRADES_THROUGH

    struct trade_through:
        pass

    int price_place(number price, number bid, number ask)
    trade_finding trade_through_add(trade_through *monitor, int place, const level *best, int aggressor, int64_t now)


cdef extern from "encoded_levels.h" nogil:
    int ENCODED
    int ENCODED_NO_MEMORY
    int ENCODED_NO_PRICE

    struct encoded_book:
        uint32_t held
        uint32_t *sides
        uint32_t *decimals
        int64_t *bounds

    int read_encoded_levels(const uint8_t *data, size_t length, const encoded_book *book, level_list *lists)


cdef extern from "transcode.h" nogil:
    int REGISTERS
    int FIELD_NUMBERS
    int TRANSCODED
    int NO_MEMORY
    int BAD_VENUE
    int BAD_EXPONENT

    struct json_string:
        const char *text
        size_t length

    struct json_out:
        char *start
        size_t length

    struct plan_field:
        json_string key
        const json_string *names
        uint32_t name_count, known_count, child
        int32_t shift
        uint8_t number, kind, coding, is_list, is_optional, scale
        uint8_t *known_by

    struct plan_shape:
        json_string start
        plan_field *fields
        uint32_t field_count, exponent_count
        uint8_t *wires
        uint8_t (*exponents)[2]
        uint8_t venues, venue_name, venue_currency, is_nameless

    struct venue_text:
        pass

    struct transcoder:
        const plan_shape *shapes
        json_out out
        venue_text *venues

    struct slot:
        const uint8_t *data
        uint64_t value
        int seen

    bint find_held(const uint8_t *data, size_t length, uint32_t number, slot *found)
    const uint8_t *next_of_list(const uint8_t *p, const uint8_t *end, uint32_t number, slot *found)
    int transcode(transcoder *t, uint32_t shape, const uint8_t *data, size_t length)
