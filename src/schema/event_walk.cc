#include "schema/event_walk.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/text.h"
#include "event/event_id.h"
#include "json/encode_event.h"
#include "json/map_check.h"
#include "json/reader.h"
#include "schema/check.h"

namespace daybook::schema {
namespace {

// The value of `event_type`, wherever it stands; empty if there is none.
Result<std::string> find_type(std::string_view text) {
    json::Reader reader(text);
    std::string type;
    std::string_view name;
    if (reader.enter_object()) {
        while (reader.next_field(&name)) {
            if (name != "event_type") {
                reader.skip();
                continue;
            }
            std::string_view value;
            if (json::read_string(reader, json::Format::kName, &value)) type = value;
        }
    }
    if (type.empty()) {
        reader.finish();
        reader.refuse_missing("event_type", "the name of an event type");
    }
    if (reader.failed()) return fail(reader.error());
    return type;
}

class Walk {
public:
    Walk(std::string_view text, TimestampMs now, WalkedEvent* event)
        : text_(text), now_(now), event_(*event), reader_(text) {}

    Status run() {
        std::string_view name;
        if (reader_.enter_object()) {
            while (reader_.next_field(&name)) RETURN_IF_ERROR(field(name));
        }
        if (event_.type.empty()) reader_.refuse_missing("event_type", "the name of an event type");
        if (!is_seen(kRunId)) {
            reader_.refuse_missing("run_id", json::describe(json::Format::kName));
        }
        if (event_.spec != nullptr) check_complete(reader_, event_.spec->payload, seen_);
        if (!reader_.finish()) return fail(reader_.error());
        return finish();
    }

private:
    enum Envelope : unsigned { kType = 1, kId = 2, kTime = 4, kRunId = 8, kVersion = 16 };

    bool is_seen(Envelope one) const { return (envelope_ & one) != 0; }

    // Notes that a field of the envelope is here, and refuses its second coming.
    bool once(Envelope one) {
        if (is_seen(one)) reader_.refuse_because("given twice, expected once");
        envelope_ |= one;
        return !reader_.failed();
    }

    Status field(std::string_view name) {
        if (name == "event_type") {
            if (once(kType)) take_type();
        } else if (name == "event_id") {
            if (once(kId)) take_id();
        } else if (name == "timestamp_ms") {
            if (once(kTime)) take_time();
        } else if (name == "run_id") {
            std::string_view value;
            if (once(kRunId) && read_string(reader_, json::Format::kName, &value)) {
                event_.run_id = value;
            }
        } else if (name == "schema_version") {
            if (once(kVersion)) take_version();
        } else if (json::is_reserved_name(name)) {
            reader_.refuse_because("reserved for the log, which writes it itself; leave it out");
        } else {
            return payload_field(name);
        }
        return {};
    }

    void take_type() {
        std::string_view value;
        if (!read_string(reader_, json::Format::kName, &value)) return;
        // It may be known already from looking ahead.
        if (event_.type.empty()) set_type(value);
    }

    void set_type(std::string_view type) {
        event_.type = type;
        event_.spec = find_builtin(type);
    }

    void take_id() {
        std::string_view value;
        if (!reader_.string(&value)) return;
        if (!event::is_event_id(value)) {
            return reader_.refuse(fmt::format("\"{}\"", printable(value, 60)),
                                  "a UUID, or `<ms>_<8 hex digits>`");
        }
        event_.event_id = value;
    }

    void take_time() {
        std::int64_t value = 0;
        if (!reader_.integer(&value)) return;
        if (value < 0) return reader_.refuse(fmt::to_string(value), "milliseconds since 1970");
        if (value > now_.value() + kTimestampAheadMsMax) {
            constexpr TimestampMs kLast = TimestampMs(253402300799999);  // 9999-12-31
            const std::string found =
                value > kLast.value() ? fmt::to_string(value) : to_iso8601(TimestampMs(value));
            return reader_.refuse(
                found, fmt::format("at most one day ahead of the clock, {}", to_iso8601(now_)));
        }
        event_.timestamp = TimestampMs(value);
    }

    void take_version() {
        std::int64_t value = 0;
        if (!reader_.integer(&value)) return;
        if (value < 1) return reader_.refuse(fmt::to_string(value), "an integer of at least 1");
        event_.schema_version = value;
    }

    Status payload_field(std::string_view name) {
        if (event_.type.empty()) {
            // The type stands further on, and what may be in the payload depends on it.
            ASSIGN_OR_RETURN(const std::string type, find_type(text_));
            set_type(type);
        }
        event_.payload.push_back(',');
        event_.payload.append(reader_.raw_name());
        event_.payload.push_back(':');
        reader_.start_copy(&event_.payload);
        if (event_.spec != nullptr) {
            check_field(reader_, event_.spec->payload, name, &seen_);
        } else {
            reader_.skip();
        }
        reader_.stop_copy();
        return {};
    }

    Status finish() {
        const std::string_view expected = json::expected_run_id(event_.type, event_.run_id);
        if (!expected.empty()) {
            return fail(ErrorCode::kInvalidArgument,
                        "check event: /run_id: found \"{}\", expected {}", event_.run_id, expected);
        }
        if (event_.spec != nullptr && event_.schema_version.value_or(1) > event_.spec->version) {
            return fail(ErrorCode::kInvalidArgument,
                        "check event: /schema_version: found {}, expected at most {}, the newest "
                        "version of {} that this Daybook knows",
                        *event_.schema_version, event_.spec->version, event_.type);
        }
        constexpr std::size_t kEnvelopeRoom = 3 * kNameBytesMax;
        constexpr std::size_t kRoom = kLineBytesMax - json::kTrailerRoom - kEnvelopeRoom;
        if (event_.payload.size() <= kRoom) return {};
        return fail(ErrorCode::kLimit, "check event: found {} bytes, the limit of a line is {}",
                    event_.payload.size(), kLineBytesMax);
    }

    std::string_view text_;
    TimestampMs now_;
    WalkedEvent& event_;
    json::Reader reader_;
    unsigned envelope_ = 0;
    SeenFields seen_ = 0;
};

}  // namespace

const TypeSpec* find_builtin(std::string_view type) {
    for (const TypeSpec& spec : builtin_types()) {
        if (spec.name == type) return &spec;
    }
    return nullptr;
}

Status walk_event(std::string_view text, TimestampMs now, WalkedEvent* event) {
    event->spec = nullptr;
    event->type.clear();
    event->run_id.clear();
    event->event_id.reset();
    event->timestamp.reset();
    event->schema_version.reset();
    event->payload.clear();
    if (text.size() > kLineBytesMax) {
        return fail(ErrorCode::kLimit, "check event: found {} bytes, the limit of a line is {}",
                    text.size(), kLineBytesMax);
    }
    return Walk(text, now, event).run();
}

}  // namespace daybook::schema
