#include "index/log_work.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "index/forget.h"
#include "log/scan.h"

namespace daybook::index {
namespace {

log::Cursor cursor_of(const log::PartId& part, const PartState& state) {
    return {part,
            ByteOffset(state.bytes),
            ByteOffset(state.first_offset),
            state.first_checksum,
            ByteOffset(state.last_offset),
            state.last_checksum};
}

// What is wrong with the cursor of one part.
Result<std::string> problem_of(const log::LogSource& source, const PartState& state) {
    const auto part = log::parse_part_id(state.name);
    if (!part) return fmt::format("index_parts names \"{}\", which is no part", state.name);
    ASSIGN_OR_RETURN(const std::string problem,
                     log::cursor_problem(source, cursor_of(*part, state)));
    return problem.empty() ? problem : fmt::format("{} {}", state.name, problem);
}

}  // namespace

Result<std::vector<PartWork>> find_work(const log::LogSource& source,
                                        const std::vector<PartState>& states,
                                        const WorkLimits& limits) {
    std::map<std::string, PartState> by_name;
    for (const PartState& state : states) by_name.emplace(state.name, state);
    std::vector<PartWork> work;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    for (const log::PartInfo& part : parts) {
        PartWork item{.id = part.id, .size = part.size, .state = {.name = to_string(part.id)}};
        if (limits.only) {
            const auto limit = limits.only->find(item.state.name);
            if (limit == limits.only->end()) continue;
            item.size = std::min(item.size, ByteOffset(limit->second));
        }
        // Of a part whose cursor has been forgotten, too: an earlier attempt may have been
        // interrupted, and its rows are there.
        item.again = limits.since && part.id.day >= *limits.since;
        const auto known = by_name.find(item.state.name);
        if (known != by_name.end() && !item.again) item.state = known->second;
        // Those that the index accounts for, and not those that there are by now: what else has
        // been removed would else never be missed.
        item.state.rewrites = known == by_name.end() ? part.rewrites : known->second.rewrites;
        if (ByteOffset(item.state.bytes) < item.size) work.push_back(std::move(item));
    }
    return work;
}

Result<std::string> cursor_obstacle(const log::LogSource& source,
                                    const std::vector<PartState>& states) {
    for (const PartState& state : states) {
        ASSIGN_OR_RETURN(std::string problem, problem_of(source, state));
        if (!problem.empty()) return problem;
    }
    return std::string();
}

Result<std::string> tail_obstacle(const log::LogSource& source,
                                  const std::vector<PartState>& states,
                                  const std::vector<PartWork>& work) {
    std::set<std::string_view> grown;
    for (const PartWork& part : work) grown.insert(part.state.name);
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    std::map<std::string, ByteOffset> sizes;
    for (const log::PartInfo& part : parts) sizes.emplace(to_string(part.id), part.size);
    if (is_rewritten(parts, states)) return std::string("retention has removed lines of the log");
    for (const PartState& state : states) {
        const auto size = sizes.find(state.name);
        const bool is_same = size != sizes.end() && size->second == ByteOffset(state.bytes);
        if (is_same && !grown.contains(state.name)) continue;
        ASSIGN_OR_RETURN(std::string problem, problem_of(source, state));
        if (!problem.empty()) return problem;
    }
    return std::string();
}

}  // namespace daybook::index
