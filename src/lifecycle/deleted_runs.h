// Which runs are deleted, by their events, which come in any order.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "index/event_key.h"
#include "json/envelope.h"

namespace daybook::lifecycle {

class DeletedRuns {
public:
    // The greatest run.deleted or run.restored of a run counts, as in the index.
    void see(const json::Envelope& event) {
        const bool is_deleted = event.event_type == "run.deleted";
        if (!is_deleted && event.event_type != "run.restored") return;
        const Hash128 key = index::event_key(event.event_id);
        const Mark mark{event.timestamp.value(), key.high, key.low, is_deleted};
        const auto [last, is_first] = last_.try_emplace(std::string(event.run_id), mark);
        if (!is_first && last->second < mark) last->second = mark;
    }
    // In the order of their ids.
    std::vector<std::string> list() const {
        std::vector<std::string> runs;
        for (const auto& [run, mark] : last_) {
            if (std::get<bool>(mark)) runs.push_back(run);
        }
        return runs;
    }

private:
    using Mark = std::tuple<std::int64_t, std::uint64_t, std::uint64_t, bool>;
    std::map<std::string, Mark> last_{};
};

}  // namespace daybook::lifecycle
