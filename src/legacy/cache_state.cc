#include "legacy/cache_state.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace daybook::legacy {
namespace {

using Object = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::array kForNow = {ErrorCode::kNoSpace, ErrorCode::kLimit, ErrorCode::kIo};
constexpr std::array kForGood = {ErrorCode::kCorrupt, ErrorCode::kUnsupported,
                                 ErrorCode::kInvalidArgument};
constexpr std::array kRemembered = {
    ErrorCode::kNoSpace,     ErrorCode::kLimit,           ErrorCode::kIo,   ErrorCode::kCorrupt,
    ErrorCode::kUnsupported, ErrorCode::kInvalidArgument, ErrorCode::kBusy, ErrorCode::kNotFound};

Object encode(const TableCount& table) {
    return {{"table", table.table},
            {"event", table.event},
            {"rows", table.rows},
            {"invalid", table.invalid}};
}

// Reads the fields of an object, and remembers whether one was not as it should be.
class Fields {
public:
    explicit Fields(const Object& object) : object_(object) { ok_ = object.is_object(); }

    std::string text(const char* name) {
        const Object* const value = find(name);
        if (value == nullptr || !value->is_string()) return refuse(std::string());
        return value->get<std::string>();
    }
    std::uint64_t count(const char* name) {
        const Object* const value = find(name);
        if (value == nullptr || !value->is_number_unsigned()) return refuse(std::uint64_t{0});
        return value->get<std::uint64_t>();
    }
    // A time, or how long something took.
    std::int64_t milliseconds(const char* name) {
        const Object* const value = find(name);
        if (value == nullptr || !value->is_number_integer()) return refuse(std::int64_t{0});
        return value->get<std::int64_t>();
    }
    const Object& list(const char* name) {
        static const Object kEmpty = Object::array();
        const Object* const value = find(name);
        if (value == nullptr || !value->is_array()) {
            ok_ = false;
            return kEmpty;
        }
        return *value;
    }
    bool ok() const { return ok_; }

private:
    const Object* find(const char* name) const {
        if (!ok_) return nullptr;
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    template <typename T>
    T refuse(T value) {
        ok_ = false;
        return value;
    }

    const Object& object_;
    bool ok_ = true;
};

}  // namespace

bool is_for_good(ErrorCode code) {
    return std::find(kForGood.begin(), kForGood.end(), code) != kForGood.end();
}

bool is_for_now(ErrorCode code) {
    return std::find(kForNow.begin(), kForNow.end(), code) != kForNow.end();
}

std::string encode_refusal(const Refusal& refusal) {
    const Object document = {
        {"format", kFormat},          {"version", refusal.version},
        {"reader", refusal.reader},   {"code", to_string(refusal.code)},
        {"message", refusal.message}, {"failed_at_ms", refusal.failed_at.value()},
        {"took_ms", refusal.took_ms}};
    return document.dump(2, ' ', false, Object::error_handler_t::replace) + "\n";
}

std::optional<Refusal> decode_refusal(std::string_view text) {
    const Object document = Object::parse(text, nullptr, /*allow_exceptions=*/false);
    Fields fields(document);
    if (fields.count("format") != kFormat) return std::nullopt;
    Refusal refusal{.version = fields.text("version"),
                    .reader = fields.text("reader"),
                    .message = fields.text("message"),
                    .failed_at = TimestampMs(fields.milliseconds("failed_at_ms")),
                    .took_ms = fields.milliseconds("took_ms")};
    const std::string code = fields.text("code");
    const auto is_meant = [&](ErrorCode candidate) { return code == to_string(candidate); };
    const auto found = std::find_if(kRemembered.begin(), kRemembered.end(), is_meant);
    if (!fields.ok() || found == kRemembered.end()) return std::nullopt;
    refusal.code = *found;
    return refusal;
}

std::string encode_cache_state(const CacheState& state) {
    Object tables = Object::array();
    for (const TableCount& table : state.tables) tables.push_back(encode(table));
    Object left_out = Object::array();
    for (const LeftOut& left : state.left_out) {
        left_out.push_back({{"table", left.table}, {"what", left.what}});
    }
    const Object document = {{"format", kFormat},
                             {"source", state.source},
                             {"version", state.version},
                             {"bytes", state.bytes},
                             {"sha256", state.sha256},
                             {"copied_at_ms", state.copied_at.value()},
                             {"copy", state.copy},
                             {"rows", state.rows},
                             {"answers", state.answers},
                             {"answers_before", state.answers_before},
                             {"took_ms", state.took_ms},
                             {"recipe", state.recipe},
                             {"events", state.events},
                             {"runs", state.runs},
                             {"replaced_ends", state.replaced_ends},
                             {"import_id", state.import_id},
                             {"reading", state.reading},
                             {"tables", std::move(tables)},
                             {"notes", state.notes},
                             {"left_out", std::move(left_out)}};
    // What is no UTF-8 in a name or a message becomes U+FFFD: it is for people.
    return document.dump(2, ' ', false, Object::error_handler_t::replace) + "\n";
}

std::optional<CacheState> decode_cache_state(std::string_view text) {
    const Object document = Object::parse(text, nullptr, /*allow_exceptions=*/false);
    Fields fields(document);
    if (fields.count("format") != kFormat) return std::nullopt;
    CacheState state{.source = fields.text("source"),
                     .version = fields.text("version"),
                     .bytes = fields.count("bytes"),
                     .sha256 = fields.text("sha256"),
                     .copied_at = TimestampMs(fields.milliseconds("copied_at_ms")),
                     .copy = fields.text("copy"),
                     .rows = fields.text("rows"),
                     .answers = fields.text("answers"),
                     .answers_before = fields.text("answers_before"),
                     .took_ms = fields.milliseconds("took_ms"),
                     .recipe = fields.text("recipe"),
                     .events = fields.count("events"),
                     .runs = fields.count("runs"),
                     .replaced_ends = fields.count("replaced_ends"),
                     .import_id = fields.text("import_id"),
                     .reading = fields.text("reading")};
    for (const Object& entry : fields.list("tables")) {
        Fields table(entry);
        state.tables.push_back({.table = table.text("table"),
                                .event = table.text("event"),
                                .rows = table.count("rows"),
                                .invalid = table.count("invalid")});
        if (!table.ok()) return std::nullopt;
    }
    for (const Object& note : fields.list("notes")) {
        if (!note.is_string()) return std::nullopt;
        state.notes.push_back(note.get<std::string>());
    }
    for (const Object& entry : fields.list("left_out")) {
        Fields left(entry);
        state.left_out.push_back({.table = left.text("table"), .what = left.text("what")});
        if (!left.ok()) return std::nullopt;
    }
    if (!fields.ok()) return std::nullopt;
    return state;
}

}  // namespace daybook::legacy
