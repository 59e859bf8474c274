// Where in a JSON text one is: the names and indexes from the root down, for error messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace daybook::json {

// Setting a step is two stores, so that a path can be kept up on the hot path.  Names are borrowed:
// each must live as long as the path may be printed with it.
class Path {
public:
    // Goes into the object or array at the current place; false if it is nested too deeply.
    bool enter() {
        if (depth_ >= kNestingMax) return false;
        steps_[depth_++] = {nullptr, 0, kNoIndex};
        return true;
    }
    void leave() { --depth_; }

    // The place within the innermost object or array.
    void set(std::string_view name) {
        steps_[depth_ - 1].name = name.data();
        steps_[depth_ - 1].size = name.size();
    }
    void set(std::size_t index) { steps_[depth_ - 1].index = index; }

    // How many objects and arrays are open; the event itself counts as one.
    std::size_t depth() const { return depth_; }

    // The JSON pointer (RFC 6901) of the place, such as "/metrics/sharpe"; "" is the whole text.
    std::string pointer() const;

private:
    static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
    struct Step {
        const char* name;
        std::size_t size;
        std::size_t index;
    };

    // Not initialised: beyond depth_ nothing is read, and to clear it would take longer than to
    // write a small event.
    Step steps_[kNestingMax];
    std::size_t depth_ = 0;
};

}  // namespace daybook::json
