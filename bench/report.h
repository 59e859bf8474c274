// The table of figures, and whether each keeps what is promised of it.
#pragma once

#include <string>
#include <vector>

#include "measure.h"

namespace daybook::bench {

enum class Unit { kPerSecond, kMicroseconds, kMilliseconds, kSeconds, kMegabytes, kRatio };
enum class Bound { kNone, kAtLeast, kAtMost };

struct Figure {
    std::string what;
    double value = 0;
    Unit unit = Unit::kPerSecond;
    Bound bound = Bound::kNone;
    double target = 0;
};

class Report {
public:
    // Begins a group of figures, such as "emit, one thread, durability process".
    void group(const std::string& title);
    void add(const Figure& figure);
    // A contender's rate and latencies, without targets.
    void add_peer(const std::string& name, const Sample& sample);

    // Prints each row as it is added; this, the last line.  True if no target was missed.
    bool finish() const;

private:
    int figures_ = 0;
    std::vector<std::string> missed_;
};

}  // namespace daybook::bench
