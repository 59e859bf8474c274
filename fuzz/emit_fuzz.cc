#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/limits.h"
#include "json/document.h"
#include "json/draft.h"
#include "json/envelope.h"
#include "json/reader.h"
#include "ledger/json_batch.h"
#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "log/line.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

constexpr TimestampMs kNow{1769126400000};
constexpr std::string_view kId = "019be826-9000-70c5-853b-559647364cea";

// The line that the ledger would append for `json`; nullopt if it refuses it.
std::optional<std::string> line_of(std::string_view json, Status* refusal) {
    // There is no ledger: the built-in types are known.
    static const ledger::LedgerDir no_ledger("/nonexistent");
    static ledger::TypeRegistry types(no_ledger);
    static ledger::JsonBatch batch;
    batch.clear();
    *refusal = batch.add(json, kNow, types);
    if (!*refusal) {
        DAYBOOK_CHECK(batch.size() == 0 && !refusal->error().message().empty());
        return std::nullopt;
    }
    const log::Draft& draft = batch.drafts().at(0);
    const ledger::Hole& hole = batch.holes().at(0);
    std::string line(draft.text.data(), draft.text.size());
    if (!hole.time_given) {
        std::to_chars(line.data() + hole.draft.timestamp_at,
                      line.data() + hole.draft.timestamp_at + json::kTimestampHole.size(),
                      kNow.value());
    }
    if (!hole.id_given) line.replace(hole.draft.event_id_at, kId.size(), kId);
    return line;
}

// What the strict reader takes, other parsers of JSON take, too, and read the same.
void check_reader(std::string_view input) {
    std::string once;
    if (!json::minify(input, once)) return;
    const auto tree = nlohmann::json::parse(input, nullptr, /*allow_exceptions=*/false);
    DAYBOOK_CHECK(!tree.is_discarded());
    const auto minified = nlohmann::json::parse(once, nullptr, /*allow_exceptions=*/false);
    // A number may be NaN for nobody: what is read twice is equal.
    DAYBOOK_CHECK(tree == minified);
    std::string twice;
    DAYBOOK_CHECK(json::minify(once, twice).has_value() && twice == once);
    if (!tree.is_object()) return;
    json::Parser parser;
    std::size_t fields = 0;
    const bool walked = parser.for_each_field(once, 0, [&](std::string_view, json::Node value) {
        if (!value.raw().empty()) ++fields;
    });
    DAYBOOK_CHECK(walked && fields >= tree.size());
}

void check_envelope(const std::string& line, std::string_view body) {
    json::EnvelopeReader reader;
    const std::optional<json::Envelope> fast = reader.read(line);
    DAYBOOK_CHECK(fast.has_value());
    json::EnvelopeReader other;
    // With a blank in front it is no longer in the one spelling that is only looked at.
    const std::string spaced = " " + std::string(body) + "}";
    const std::optional<json::Envelope> slow = other.read(spaced);
    DAYBOOK_CHECK(slow.has_value() && *slow == *fast);
}

}  // namespace

void fuzz_emit(std::string_view input) {
    check_reader(input);
    Status refusal;
    const std::optional<std::string> draft = line_of(input, &refusal);
    if (!draft) return;

    std::string line = *draft;
    log::append_trailer(line, 0, log::Seq(7), log::Seq(3));
    DAYBOOK_CHECK(line.size() <= kLineBytesMax);
    DAYBOOK_CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    line.pop_back();
    const log::Line read = log::judge_line(line, ByteOffset(0));
    DAYBOOK_CHECK(read.kind == log::LineKind::kOurs && read.body == *draft);
    DAYBOOK_CHECK(read.seq == log::Seq(7) && read.synced == log::Seq(3));
    check_envelope(line, read.body);
    // Without its trailer it is a foreign line of the same event.
    const std::string object = *draft + "}";
    const log::Line foreign = log::judge_line(object, ByteOffset(0));
    DAYBOOK_CHECK(foreign.kind == log::LineKind::kForeign && foreign.body == read.body);

    // What was accepted is accepted again, and becomes the same bytes.
    const std::optional<std::string> again = line_of(object, &refusal);
    DAYBOOK_CHECK(again.has_value() && *again == *draft);
}

}  // namespace daybook::fuzz
