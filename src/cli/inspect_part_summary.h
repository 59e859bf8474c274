// A part in a few fields: what its lines are, what its numbers say, and who may write to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "log/line.h"

namespace daybook::cli {

class PartSummary {
public:
    // The lines from the beginning of the part on, one after the other.
    void see(const log::Line& line);

    // Name and value of each field.  `bytes` is the whole part; what stands beside the file `path`
    // (its seal, its mark) and its lock are looked at now.
    Result<std::vector<std::pair<std::string, std::string>>> fields(const std::string& path,
                                                                    std::string_view bytes) const;

private:
    std::uint64_t ours_ = 0;
    std::uint64_t foreign_ = 0;
    std::uint64_t damaged_ = 0;
    std::uint64_t missing_ = 0;  // numbers
    std::uint64_t out_of_order_ = 0;
    log::Seq first_;
    log::Seq last_;
    log::Seq synced_;
};

}  // namespace daybook::cli
