#include "lifecycle/holds.h"

#include <optional>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "json/chars.h"
#include "ledger/manifest.h"
#include "lifecycle/json_entry.h"
#include "query/filter.h"

namespace daybook::lifecycle {
namespace {

using Object = JsonEntry::Object;

Result<Hold> parse_hold(const JsonEntry& entry) {
    const auto text = [&entry](const char* key) -> Result<std::string> {
        ASSIGN_OR_RETURN(auto value, entry.text(key, "a text"));
        return std::move(value).value_or("");
    };
    Hold hold;
    ASSIGN_OR_RETURN(hold.run, text("run"));
    ASSIGN_OR_RETURN(hold.where, text("where"));
    ASSIGN_OR_RETURN(hold.reason, text("reason"));
    ASSIGN_OR_RETURN(hold.author, text("author"));
    ASSIGN_OR_RETURN(hold.at, text("at"));
    if (hold.run.empty() == hold.where.empty()) {
        return entry.refuse("run", hold.run.empty() ? "nothing" : "also `where`",
                            "a run's id here, or a filter in `where`, and not both");
    }
    if (hold.where.empty()) return hold;
    const auto sql = query::filter_sql(hold.where, {.scope = query::FilterScope::kRuns});
    if (sql) return hold;
    return entry.refuse("where", hold.where, "a filter: " + sql.error().message());
}

// The list as it is written, and what it says: entries of one and the other belong together.
struct HoldList {
    Object entries = Object::array();
    std::vector<Hold> holds{};
};

Result<HoldList> parse_holds(const std::optional<std::string>& text, const std::string& path) {
    HoldList list;
    if (!text) return list;
    list.entries = Object::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (!list.entries.is_array()) {
        return fail(ErrorCode::kCorrupt, "read {}: `holds`: found {}, expected a list", path,
                    printable(*text));
    }
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
        const std::string place = fmt::format("`holds`, entry {}", i + 1);
        if (!list.entries[i].is_object()) {
            return fail(ErrorCode::kCorrupt, "read {}: {}: found {}, expected an object", path,
                        place, printable(list.entries[i].dump()));
        }
        ASSIGN_OR_RETURN(Hold hold, parse_hold(JsonEntry(list.entries[i], path, place)));
        list.holds.push_back(std::move(hold));
    }
    return list;
}

// The entry with the same target; holds.size() if there is none.
std::size_t place_of(const std::vector<Hold>& holds, std::string_view run, std::string_view where) {
    std::size_t place = 0;
    while (place < holds.size() && (holds[place].run != run || holds[place].where != where)) {
        ++place;
    }
    return place;
}

std::string target_of(std::string_view run, std::string_view where) {
    return run.empty() ? fmt::format("--where \"{}\"", printable(where))
                       : fmt::format("'{}'", printable(run));
}

Status check_hold(const Hold& hold) {
    if (hold.run.empty() == hold.where.empty()) {
        return fail(ErrorCode::kInvalidArgument, "hold: a run or --where is needed, and not both");
    }
    if (hold.reason.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "hold: --reason is needed: who finds the hold in a year wants to know");
    }
    for (const std::string* text : {&hold.run, &hold.where, &hold.reason, &hold.author}) {
        if (json::utf8_prefix(*text) == text->size()) continue;
        return fail(ErrorCode::kInvalidArgument, "hold: '{}' is no UTF-8", printable(*text));
    }
    if (hold.where.empty()) return {};
    const auto sql = query::filter_sql(hold.where, {.scope = query::FilterScope::kRuns});
    if (!sql) return fail(sql.error().with_context("hold: --where"));
    return {};
}

}  // namespace

Result<std::vector<Hold>> read_holds(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const auto text, ledger::manifest_value(dir, kHoldsKey));
    ASSIGN_OR_RETURN(HoldList list, parse_holds(text, dir.manifest_path()));
    return std::move(list.holds);
}

Status add_hold(const ledger::LedgerDir& dir, const Hold& hold) {
    RETURN_IF_ERROR(check_hold(hold));
    return ledger::change_manifest_value(
        dir, kHoldsKey,
        [&](const std::optional<std::string>& text) -> Result<std::optional<std::string>> {
            ASSIGN_OR_RETURN(HoldList list, parse_holds(text, dir.manifest_path()));
            Object& entry = list.entries[place_of(list.holds, hold.run, hold.where)];
            if (entry.is_null()) entry = Object::object();
            const auto put = [&entry](const char* key, const std::string& value) {
                if (value.empty()) {
                    entry.erase(key);
                } else {
                    entry[key] = value;
                }
            };
            put("run", hold.run);
            put("where", hold.where);
            put("reason", hold.reason);
            put("author", hold.author);
            put("at", hold.at);
            return list.entries.dump();
        });
}

Status remove_hold(const ledger::LedgerDir& dir, std::string_view run, std::string_view where) {
    return ledger::change_manifest_value(
        dir, kHoldsKey,
        [&](const std::optional<std::string>& text) -> Result<std::optional<std::string>> {
            ASSIGN_OR_RETURN(HoldList list, parse_holds(text, dir.manifest_path()));
            const std::size_t place = place_of(list.holds, run, where);
            if (place == list.holds.size()) {
                std::vector<std::string> there;
                for (const Hold& hold : list.holds) {
                    there.push_back(target_of(hold.run, hold.where));
                }
                return fail(ErrorCode::kNotFound, "unhold: there is no hold on {}; {}",
                            target_of(run, where),
                            there.empty() ? "there is none at all"
                                          : fmt::format("holds: {}", fmt::join(there, ", ")));
            }
            list.entries.erase(place);
            if (list.entries.empty()) return std::optional<std::string>();
            return list.entries.dump();
        });
}

}  // namespace daybook::lifecycle
