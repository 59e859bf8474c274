// JSON as other tools write it: NaN and infinities among it, as Python and DuckDB spell them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/path.h"

namespace daybook::json {

// What becomes of NaN and infinities, for which JSON has no form, as the clients do it.
class NonFinite {
public:
    enum class Form : std::uint8_t {
        kListed,  // null at its place, and named in the event's `nonfinite`
        kText,    // the text NaN, Infinity or -Infinity
    };
    explicit NonFinite(Form form) : form_(form) {}
    // As events of the type have them: only some types have a field for such numbers.
    static Form form_of(std::string_view event_type);

    // Writes what stands for `value` at the place of `path`.
    void append(double value, const Path& path, std::string& out);
    void append(std::string_view name, std::string pointer, std::string& out);

    void clear() { entries_.clear(); }
    // Forgets what was said behind the first `count` of the entries.
    void keep(std::size_t count) { entries_.resize(std::min(count, entries_.size())); }
    // Forgets what was said at and below `pointer`, but for what still stands there: `value` is
    // the JSON that does.
    void keep_what_stands(std::string_view pointer, std::string_view value);
    // JSON pointers, and what stands there in truth.
    const std::vector<std::pair<std::string, std::string_view>>& entries() const {
        return entries_;
    }
    // Appends them as the event's member: `,"nonfinite":{…}`, or nothing where there are none.
    void append_member(std::string& out) const;

private:
    Form form_;
    std::vector<std::pair<std::string, std::string_view>> entries_{};
};

// Appends `text` as a JSON string; it must be UTF-8.
void append_string(std::string_view text, std::string& out);

// Appends `text`, which may be JSON with NaN and infinities in it, as JSON without white space.
// `path` is the place of it in the event.  False, and nothing done: it is no JSON.
bool append_lenient(std::string_view text, const Path& path, NonFinite& nonfinite,
                    std::string& out);

// Whether `text` may hold numbers that JSON lacks, as Python's json writes them.  Quick.
bool may_hold_nonfinite(std::string_view text);

// The event `line` of type `event_type`, which is JSON but for such numbers, as JSON without white
// space.  nullopt: it is JSON as it stands, or none even so.
std::optional<std::string> event_without_nonfinite(std::string_view line,
                                                   std::string_view event_type);

}  // namespace daybook::json
