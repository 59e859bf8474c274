#include "backtest/call.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "backtest/source.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

using Names = std::initializer_list<std::string_view>;

// A call and where it was read.
struct PlacedCall {
    Call call;
    std::string file;
    std::int64_t row = 0;
};

Result<std::string> select_calls(const Source& source) {
    const auto require = [&](Names names) {
        return source.require(std::span(names.begin(), names.size()));
    };
    ASSIGN_OR_RETURN(const SourceField id, require({"id", "call_id"}));
    ASSIGN_OR_RETURN(const SourceField caller, require({"caller", "caller_name"}));
    ASSIGN_OR_RETURN(const SourceField mint, require({"mint", "symbol", "token_address"}));
    ASSIGN_OR_RETURN(const SourceField created_at, require({"created_at"}));
    const SourceField* chain = source.find(std::array<std::string_view, 1>{"chain"});
    return fmt::format("SELECT {}, {}, {}, {}, {}, {}, daybook_file, daybook_row FROM {}",
                       text_sql(id), text_sql(caller), text_sql(mint),
                       chain != nullptr ? text_sql(*chain) : "''", time_ms_sql(created_at),
                       text_sql(created_at), source.scan_with_places());
}

// The call of the current row, or what is wrong with it.
Result<PlacedCall> read_row(const duck::Rows& rows, const Source& source,
                            duck::Connection& connection) {
    PlacedCall placed;
    placed.call.id = rows.get_string(0);
    placed.call.caller = rows.get_string(1);
    placed.call.mint = rows.get_string(2);
    placed.call.chain = rows.get_string(3);
    placed.file = rows.get_string(6);
    placed.row = rows.get_int64(7);
    const auto place = [&] { return source.place(connection, placed.file, placed.row); };
    const char* empty = placed.call.id.empty()       ? "id"
                        : placed.call.caller.empty() ? "caller"
                        : placed.call.mint.empty()   ? "symbol"
                                                     : nullptr;
    if (empty != nullptr) {
        return fail(ErrorCode::kInvalidArgument, "read calls: {}: the {} is empty", place(), empty);
    }
    if (rows.is_null(4)) {
        return fail(ErrorCode::kInvalidArgument,
                    "read calls: {}: created_at is '{}', expected ISO 8601 or an epoch number",
                    place(), printable(rows.get_string(5), 40));
    }
    placed.call.created_at_ms = rows.get_int64(4);
    return placed;
}

auto what(const Call& call) { return std::tie(call.caller, call.mint, call.chain); }

// Keeps the first of each id; `placed` is in the order of id and time.
Result<CallSet> without_duplicates(std::vector<PlacedCall> placed, const Source& source,
                                   duck::Connection& connection) {
    CallSet set;
    set.rows = placed.size();
    for (std::size_t i = 0; i < placed.size(); ++i) {
        if (i == 0 || placed[i].call.id != placed[i - 1].call.id) {
            set.calls.push_back(placed[i].call);
            continue;
        }
        if (what(placed[i].call) != what(placed[i - 1].call)) {
            const auto& [a, b] = std::minmax(placed[i - 1], placed[i], [](auto& x, auto& y) {
                return std::tie(x.file, x.row) < std::tie(y.file, y.row);
            });
            return fail(ErrorCode::kInvalidArgument,
                        "read calls: two calls have the id '{}': {} ({} on {}) and {} ({} on {})",
                        printable(a.call.id), source.place(connection, a.file, a.row),
                        a.call.caller, a.call.mint, source.place(connection, b.file, b.row),
                        b.call.caller, b.call.mint);
        }
        ++set.duplicates;
    }
    return set;
}

}  // namespace

Result<CallSet> read_calls(duck::Connection& connection, const std::string& path,
                           std::optional<Day> from, std::optional<Day> to) {
    ASSIGN_OR_RETURN(const Source source, Source::open(connection, "calls", path));
    ASSIGN_OR_RETURN(const std::string select, select_calls(source));
    auto rows = connection.query(select);
    if (!rows) return fail(rows.error().with_context(fmt::format("read calls: {}", path)));

    std::vector<PlacedCall> placed;
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows->next());
        if (!more) break;
        ASSIGN_OR_RETURN(PlacedCall call, read_row(*rows, source, connection));
        placed.push_back(std::move(call));
    }
    std::sort(placed.begin(), placed.end(), [](const PlacedCall& a, const PlacedCall& b) {
        return std::tuple(std::tie(a.call.id, a.call.created_at_ms), what(a.call)) <
               std::tuple(std::tie(b.call.id, b.call.created_at_ms), what(b.call));
    });
    ASSIGN_OR_RETURN(CallSet set, without_duplicates(std::move(placed), source, connection));

    std::erase_if(set.calls, [&](const Call& call) {
        const TimestampMs at(call.created_at_ms);
        return (from && at < start_of(*from)) || (to && at >= start_of(*to + 1));
    });
    std::sort(set.calls.begin(), set.calls.end(), [](const Call& a, const Call& b) {
        return std::tie(a.created_at_ms, a.id) < std::tie(b.created_at_ms, b.id);
    });
    return set;
}

}  // namespace daybook::backtest
