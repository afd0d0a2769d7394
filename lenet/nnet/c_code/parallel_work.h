// How many threads share the loops of a kernel: all there are, or one while other programs hold the CPUs.
#ifndef LENET_PARALLEL_WORK_H
#define LENET_PARALLEL_WORK_H

#include <algorithm>

#include "common.h"

namespace lenet {

// The mean of a time: of all values at first, then with a weight of 1/LONG for the last one, so that one that takes
// long for once changes little.
struct MeanTime {
    static constexpr int LONG = 64;
    double seconds = 0;
    int count = 0;
    void add(double value) {
        count = std::min(count + 1, LONG);
        seconds += (value - seconds) / count;
    }
};

// What is known of work of one size: how long it takes with all threads, and with one.
//
// A parallel loop of microseconds ends when its last thread has been given a CPU. Beside a busy program that takes
// milliseconds, and one thread would have been done long before. So one thread is tried now and then. When all
// threads take longer, the work is left to one for a while: a short while at first, as anything may have happened
// once, and twice as long each time that all threads are tried again and are still slower.
class WorkTimes {
public:
    explicit constexpr WorkTimes(Index size_ = -1) : size(size_) {}

    // Whether the next time it is one thread's.
    bool is_alone() const { return alone_left_ > 0 || until_probe_ == 0; }

    // Adds the seconds that the work has taken, of one thread if is_alone().
    void add(double seconds, int threads) {
        if (alone_left_ > 0) {
            alone_.add(seconds);
            if (--alone_left_ == 0) together_ = MeanTime();
        } else if (until_probe_ == 0) {
            alone_.add(seconds);
            until_probe_ = PROBE_EVERY * threads;
        } else {
            --until_probe_;
            together_.add(seconds);
            if (alone_.count && alone_.seconds < MAX_ALONE && together_.seconds > alone_.seconds) {
                turn_ = together_.count < MeanTime::LONG ? std::min(2 * turn_, LONGEST) : SHORTEST;
                alone_left_ = turn_;
            }
        }
    }

    Index size;

private:
    // How often the work is done until one thread is tried, which costs little if it is rare, the rarer the more
    // threads there are; and how often it is left to one thread.
    static constexpr int FIRST_PROBE = 8, PROBE_EVERY = 512, SHORTEST = 4, LONGEST = 128;
    // Seconds. Threads wait for some milliseconds at most: longer work is faster with all of them.
    static constexpr double MAX_ALONE = 1e-3;

    MeanTime together_, alone_;
    int until_probe_ = FIRST_PROBE, alone_left_ = 0, turn_ = SHORTEST;
};

// The times of work of this size by this module, for the thread that calls. Of sizes in one place, the last
// is remembered.
static inline WorkTimes& times_of(Index size) {
    static thread_local WorkTimes table[16];
    WorkTimes& times = table[(std::uint64_t(size) * 0x9E3779B97F4A7C15u) >> 60];
    if (times.size != size) times = WorkTimes(size);
    return times;
}

// While it lives, parallel loops have as many threads as is best for work of a size: any number that tells one
// shape from another.
class ParallelWork {
public:
#ifdef _OPENMP
    explicit ParallelWork(Index size) : times_(times_of(size)), threads_(omp_get_max_threads()) {
        if (times_.is_alone()) omp_set_num_threads(1);
        start_ = omp_get_wtime();
    }
    ~ParallelWork() {
        if (threads_ > 1) times_.add(omp_get_wtime() - start_, threads_);
        omp_set_num_threads(threads_);
    }
#else
    explicit ParallelWork(Index) {}
#endif
    ParallelWork(const ParallelWork&) = delete;
    ParallelWork& operator=(const ParallelWork&) = delete;

private:
#ifdef _OPENMP
    WorkTimes& times_;
    const int threads_;
    double start_;
#endif
};

// Samples, of so many, that a thread takes at a time: as many as its kernel does best together, but no more than its
// share of them, in each of some `turns`.
static inline Index samples_together(Index samples, Index most, Index turns = 1) {
    const Index parts = turns * omp_get_max_threads();
    return std::clamp<Index>((samples + parts - 1) / parts, 1, most);
}

// Chunks of a batch, each of which has its own sums over the positions of its samples. They depend on the batch alone,
// never on the threads, so that the sums do: `shortest` samples in each, but a small batch is cut, too, where the
// positions of one sample are more work than sums of its own.
static inline Index chunks_of(Index batch, Index shortest, Index positions, Index most = 32) {
    constexpr Index SMALL = 4, MANY_POSITIONS = 64;
    const Index least = positions < MANY_POSITIONS ? 1 : std::clamp<Index>(batch, 1, SMALL);
    return std::min(std::max(batch / shortest, least), std::min<Index>(most, 32));
}

}  // namespace lenet
#endif
