// The table of figures, and whether each keeps what is promised of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure.h"

namespace daybook::bench {

enum class Unit {
    kPerSecond,
    kMicroseconds,
    kMilliseconds,
    kSeconds,
    kMegabytes,
    kGbPerSecond,
    kCount
};

// What is promised: of the measured value itself, or of its ratio to the peer's.
struct Target {
    enum class Of { kNothing, kValue, kRatio };
    enum class Bound { kAtLeast, kAtMost };

    Of of = Of::kNothing;
    Bound bound = Bound::kAtLeast;
    double limit = 0;
};
constexpr Target at_least(double limit) {
    return {.of = Target::Of::kValue, .bound = Target::Bound::kAtLeast, .limit = limit};
}
constexpr Target at_most(double limit) {
    return {.of = Target::Of::kValue, .bound = Target::Bound::kAtMost, .limit = limit};
}
constexpr Target ratio_at_least(double limit) {
    return {.of = Target::Of::kRatio, .bound = Target::Bound::kAtLeast, .limit = limit};
}
constexpr Target ratio_at_most(double limit) {
    return {.of = Target::Of::kRatio, .bound = Target::Bound::kAtMost, .limit = limit};
}

struct Figure {
    std::string what;
    // What the measured call promises when it returns: "process", "power", "buffered"; "" if it
    // appends nothing.
    std::string durability{};
    double value = 0;
    Unit unit = Unit::kPerSecond;
    std::string peer{};  // empty: none
    double peer_value = 0;
    Target target{};

    double ratio() const { return peer_value == 0 ? 0 : value / peer_value; }
    // Whether the target is met; true if there is none.
    bool met() const;
};

enum class Format { kTable, kJson };

class Report {
public:
    explicit Report(Format format) : format_(format) {}

    // Prints what was measured where, and the table's head.
    void begin(const std::string& conditions);
    // Prints the row, if the format is a table.
    void add(const Figure& figure);
    // Says why a figure is not there.
    void add_note(const std::string& note);
    // Prints the last line, or the whole document.  True if no target was missed.
    bool finish() const;

private:
    Format format_;
    std::string conditions_;
    std::vector<Figure> figures_;
    std::vector<std::string> notes_;
};

}  // namespace daybook::bench
