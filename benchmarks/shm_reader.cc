// The reader of onebook_shm.h for bench_shm: shm_reader NAME MARKET reads N   prints nanoseconds of a read
//                                            shm_reader NAME MARKET wait S    prints p50, p99 in ns and the count: from
//                                            the change of a book to the reader, which looks for a new one all the time
#include "onebook_shm.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static int64_t wall() {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return int64_t(now.tv_sec) * 1000000000 + now.tv_nsec;
}

int main(int count, char **arguments) {
    onebook_shm_map map;
    if (count != 5) return 2;
    int trouble = onebook_shm_open(&map, arguments[1]);
    int slot = trouble ? -1 : onebook_shm_find(&map, arguments[2]);
    if (slot < 0) return std::fprintf(stderr, "%s\n", onebook_shm_text(trouble)), 1;
    auto *book = static_cast<onebook_shm_book *>(std::malloc(onebook_shm_book_size(&map)));
    double amount = std::atof(arguments[4]);
    if (!std::strcmp(arguments[3], "reads")) {
        int64_t best = INT64_MAX, sum = 0;
        for (int round = 0; round < 10; round++) {
            int64_t began = onebook_shm_now();
            for (long i = 0; i < long(amount) / 10; i++) {
                if (onebook_shm_read(&map, slot, book) != ONEBOOK_SHM_OK) return 1;
                sum += onebook_shm_bids(book)->price;
            }
            best = std::min(best, (onebook_shm_now() - began) * 10);
        }
        std::printf("%.1f\n", double(best) / amount);
        return sum == 0;
    }
    std::vector<int64_t> ages;
    int64_t end = onebook_shm_now() + int64_t(amount * 1e9);
    for (uint64_t seen = onebook_shm_version(&map, slot); ages.empty() || onebook_shm_now() < end;) {
        uint64_t version = onebook_shm_version(&map, slot);
        if (version == seen) continue;
        if (onebook_shm_read(&map, slot, book) != ONEBOOK_SHM_OK) return 1;
        if (!(book->flags & ONEBOOK_SHM_HEARTBEAT)) ages.push_back(wall() - book->receive_time);
        seen = version;
    }
    std::sort(ages.begin(), ages.end());
    std::printf("%lld %lld %zu\n", (long long)ages[ages.size() / 2], (long long)ages[ages.size() * 99 / 100], ages.size());
}
