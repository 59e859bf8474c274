// Which runs stand above a run: the one that `parent_run_id` names, and `P` above `P.c1`, whether
// it is there or not.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace daybook::lifecycle {

class RunFamily {
public:
    void add(std::string run_id, std::string parent_run_id) {
        parents_[std::move(run_id)] = std::move(parent_run_id);
    }

    // The run and all above it, each once, the nearest first.  Lent until the next add(); `run_id`
    // must outlive them.
    std::vector<std::string_view> line_of(std::string_view run_id) const {
        std::vector<std::string_view> line{run_id};
        const auto add = [&line](std::string_view above) {
            if (above.empty() || std::find(line.begin(), line.end(), above) != line.end()) return;
            line.push_back(above);
        };
        // Grows as it goes.
        for (std::size_t i = 0; i < line.size(); ++i) {
            const auto found = parents_.find(std::string(line[i]));
            if (found != parents_.end()) add(found->second);
            const std::size_t dot = line[i].rfind('.');
            if (dot != std::string_view::npos) add(line[i].substr(0, dot));
        }
        return line;
    }

    // The run above all others that are known; the run itself where it goes round in a circle.
    std::string_view top_of(std::string_view run_id) const {
        const std::vector<std::string_view> line = line_of(run_id);
        for (auto above = line.rbegin(); above != line.rend(); ++above) {
            if (parents_.contains(std::string(*above))) {
                return is_above(run_id, *above) ? run_id : *above;
            }
        }
        return run_id;
    }

private:
    bool is_above(std::string_view above, std::string_view run_id) const {
        if (above == run_id) return false;
        const std::vector<std::string_view> line = line_of(run_id);
        return std::find(line.begin(), line.end(), above) != line.end();
    }

    std::unordered_map<std::string, std::string> parents_;  // run → parent; empty: it names none
};

}  // namespace daybook::lifecycle
