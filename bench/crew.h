// Workers that make the same call again and again, against the clock, in processes of their own.
//
// Every measurement forks anew, so that a contender's threads, memory and files are nobody else's:
// once a process has had a second thread, for instance, its C library takes slower ways for ever.
#pragma once

#include <cstddef>
#include <functional>

#include "measure.h"

namespace daybook::bench {

// The call that is measured; `index` counts the calls of its worker.
using Call = std::function<Status(std::size_t index)>;
// What the threads of one process share; gives each thread its call.
using Desk = std::function<Result<Call>(int thread)>;
// Runs once in each process.
using OpenDesk = std::function<Result<Desk>(int process)>;

struct Crew {
    int processes = 1;
    int threads = 1;        // in each process
    double seconds = 0.04;  // 0: one call
    // Calls that each worker makes before the clock starts: its file is open and has begun.
    std::size_t warm_up = 200;
    // Take the time of each call, too; without it the rate is free of the clock's cost.
    bool latencies = false;
};

// Lets the crew work until its time is over.  The rate is that of all workers together; the
// percentiles and the worst call are those of the slowest worker, less what reading the clock
// takes.
Result<Sample> run_crew(const Crew& crew, const OpenDesk& open);

// One worker twice: for its rate, and for how long single calls take.
Result<Sample> run_worker(double seconds, const OpenDesk& open);

// How long one call takes, in microseconds as the sample's value, made once by a process of its own
// after `warm_up` others.
Result<Sample> run_once(const Call& call, std::size_t warm_up = 0);

}  // namespace daybook::bench
