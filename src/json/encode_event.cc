#include "json/encode_event.h"

#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/result.h"
#include "json/generated/payload.h"
#include "json/reader.h"
#include "json/writer.h"

namespace daybook::json {
namespace {

struct Largest {
    std::string name;
    std::size_t bytes = 0;
};

// Which field of the event makes it so long.  `line` is not filled in and lacks its closing brace:
// what stands behind the time is read.
Largest largest_field(std::string_view line, const Draft& draft) {
    const std::string_view fields = line.substr(draft.timestamp_at + kTimestampHole.size() + 1);
    const std::string text = fmt::format("{{{}}}", fields);
    Reader reader(text);
    Largest largest;
    std::string_view name;
    if (!reader.enter_object()) return largest;
    while (reader.next_field(&name)) {
        const std::string here(name);
        std::string value;
        reader.start_copy(&value);
        reader.skip();
        reader.stop_copy();
        if (value.size() > largest.bytes) largest = {.name = here, .bytes = value.size()};
    }
    return largest;
}

}  // namespace

std::string_view expected_run_id(std::string_view type, std::string_view run_id) {
    const std::string_view name = expected_format(Format::kName, run_id);
    if (!name.empty()) return name;
    const bool of_ledger = type.starts_with("ledger.") || type.starts_with("view.");
    if (of_ledger == (run_id == kLedgerRunId)) return {};
    return of_ledger ? "`_ledger`, as in all events of `ledger.*` and `view.*`"
                     : "the id of a run; `_ledger` is for `ledger.*` and `view.*`";
}

Result<Draft> encode_event(std::string_view run_id, const event::Payload& payload,
                           std::string& out) {
    const std::size_t begin = out.size();
    const generated::Head head = generated::head_of(payload);
    {
        Writer writer(out);
        writer.raw(head.text);
        writer.key(",\"run_id\":");
        const std::string_view expected = expected_run_id(head.type, run_id);
        if (expected.empty()) {
            writer.string(run_id);
        } else {
            writer.refuse_text(run_id, expected);
        }
        generated::write_payload(writer, payload);
        if (writer.failed()) return fail(writer.finish(fmt::format("emit {}", head.type)).error());
        RETURN_IF_ERROR(writer.finish());
    }
    const std::size_t bytes = out.size() - begin + kTrailerRoom;
    if (bytes <= kLineBytesMax) return head.draft;
    const Largest largest = largest_field(std::string_view(out).substr(begin), head.draft);
    out.resize(begin);
    return fail(ErrorCode::kLimit, "emit {}: /{}: it has {} bytes of a line of {}, the limit is {}",
                head.type, largest.name, largest.bytes, bytes, kLineBytesMax);
}

}  // namespace daybook::json
