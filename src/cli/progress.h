// How far long work has come: one line on standard error, for somebody who watches.
//
// Shown only if standard error is a terminal, at most ten times a second, and taken away at the
// end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cli/output.h"

namespace daybook::cli {

// Not thread-safe.
class Progress {
public:
    // `total` 0: the end is not known.
    Progress(const Style& error_style, const Clock& clock, std::string label,
             std::uint64_t total = 0);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    bool shown() const { return style_.terminal; }
    void update(std::uint64_t done, std::string_view note = "");
    // Takes the line away, so that something else can be written.
    void clear();

private:
    Style style_;
    const Clock& clock_;
    std::string label_;
    std::uint64_t total_;
    std::int64_t started_ns_;
    std::int64_t next_ns_ = 0;
    bool visible_ = false;
};

// The line itself: "emit  1,200,000  340,000/s", or with a total
// "index  ━━━━━━━━━━──────────  50%  500,000 of 1,000,000".
std::string progress_line(std::string_view label, std::uint64_t done, std::uint64_t total,
                          std::int64_t elapsed_ns, std::string_view note);

}  // namespace daybook::cli
