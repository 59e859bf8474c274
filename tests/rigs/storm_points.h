// Deaths at the named places of os/kill_point.h, each in a situation that leads there.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "crash/inventory.h"
#include "crash/storm.h"
#include "support/temp_dir.h"

namespace daybook::testing {

// The points that this rig answers for.
std::vector<std::string> points_of_the_writer();

// A ledger in which writers of one load come to pass certain points.
struct Situation {
    std::string_view name;
    std::string_view load;  // of storm_writer.cc
    std::uint32_t events;
    Copies copies;
};

// Kills writers at one point again and again, and looks at what each leaves.
class PointKiller {
public:
    // Directories are made in `parent`, which ends with a slash.
    PointKiller(std::string point, std::string parent, std::uint64_t seed);
    ~PointKiller();

    // One writer dies at the point, another one finishes its work; then all is looked at.  False if
    // no situation leads there.  What was broken is added to `problems`.
    bool kill_once(std::vector<std::string>& problems);

private:
    struct Ground;
    struct Way {
        const Situation* situation = nullptr;
        std::string via;
    };

    void find_ways(std::vector<std::string>& problems);
    // Whether the writer died there.
    bool try_situation(const Situation& situation, const std::string& via, std::uint64_t passage,
                       std::vector<std::string>& problems);
    // A directory that is as the situation wants it.
    Ground& prepare(const Situation& situation);

    std::string point_;
    std::string parent_;
    std::mt19937_64 random_;
    std::vector<Way> ways_;  // that lead to the point
    std::unique_ptr<Ground> ground_;
    // Nearly full, and costly to make: kept.
    std::unique_ptr<Ground> nearly_full_;
};

}  // namespace daybook::testing
