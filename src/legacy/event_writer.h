// One row becomes the text of one event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "duck/rows.h"
#include "legacy/json_members.h"
#include "legacy/plan.h"
#include "legacy/row_json.h"

namespace daybook::legacy {

// The id of the event of type `event` that a row of `table` is: the first 16 bytes of the SHA-256
// of ["source","table","event",[key…],copy], JSON without white space, marked as a UUID of version
// 8. `key` is a JSON array, `copy` a JSON string or null: row_content() of the row, where its key
// does not tell it apart. `at_last`, the time of an end that is that of its run's last row, stands
// behind them: a run that goes on has another end then.
std::string legacy_event_id(std::string_view source, std::string_view table, std::string_view event,
                            std::string_view key, std::string_view copy,
                            std::optional<TimestampMs> at_last = std::nullopt);

// Values that are not what their field wants, and what became of them.
struct Oddity {
    std::uint64_t count = 0;
    std::string example{};
};

// Writes the events of one rule.  `rule` must live as long.  Not thread-safe.
class EventWriter {
public:
    EventWriter(const PlannedRule& rule, std::string_view source);

    // Appends the event of the row at `row` of the chunk that `rows` has; the key's JSON array goes
    // to `key`.  Not empty: why the row is no event; `out` is as it was.
    std::string append(const duck::Rows& rows, std::size_t row, std::string& out, std::string& key);

    // Whether the event of the row ends its run, at a time that the row does not have: that of the
    // run's last row.
    bool ends_at_last_row(const duck::Rows& rows, std::size_t row) const;

    // By "field: what was done".
    const std::map<std::string, Oddity>& oddities() const { return oddities_; }

private:
    std::string check(const duck::Rows& rows, std::size_t row) const;
    // What tells the row from others of its key, as a JSON string; "null" if the key does.
    std::string copy_of(const duck::Rows& rows, std::size_t row);
    bool append_planned(const PlannedValue& value, const schema::FieldSpec* spec,
                        const std::string& name, const duck::Rows& rows, std::size_t row,
                        std::string& out);
    bool append_planned_object(const PlannedObject& object, const schema::FieldSpec* spec,
                               const std::string& name, const duck::Rows& rows, std::size_t row,
                               std::string& out);
    bool append_column(const duck::Column& column, std::size_t row, const schema::FieldSpec* spec,
                       const std::string& name, std::string& out);
    void note(const std::string& name, std::string_view done, std::string_view text);
    // Tells that a value is none for its field, and keeps it beside the row's origin.
    void leave_out(const std::string& name, std::string_view text);
    void keep_replaced(const std::string& name, const Replaced& member);
    void keep_unfit(const std::string& name, std::string_view text);
    bool append_term(const PlannedTerm& term, const schema::FieldSpec* spec,
                     const std::string& name, const duck::Rows& rows, std::size_t row,
                     std::string& out);
    void append_origin(std::string_view key, std::string_view copy, bool at_last, std::string& out);
    void keep_only_numbers(const std::string& name, std::string& out, std::size_t begin);

    const PlannedRule& rule_;
    std::string source_;
    std::string head_;  // of each event, up to its id
    json::NonFinite nonfinite_;
    json::NonFinite content_nonfinite_{json::NonFinite::Form::kText};
    json::Path path_;
    // Of the row: what tells it apart from an earlier one of its key, in few digits; empty: its key
    // does.
    std::string apart_{};
    // Of the row: the fields whose values are left out, or not the ones that count, and those, as
    // they were.
    std::vector<std::pair<std::string, std::string>> unfit_{};
    // Of the row: the fields that have milliseconds, where these are not all that it says, and
    // that.
    std::vector<std::pair<std::string, std::string>> exact_{};
    std::map<std::string, Oddity> oddities_{};
};

}  // namespace daybook::legacy
