#include "json/encode_event.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/result.h"
#include "json/generated/payload.h"
#include "json/writer.h"

namespace daybook::json {

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
    const generated::Head head = generated::head_of(payload);
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
    if (!writer.failed() && writer.size() > kLineBytesMax - kTrailerRoom) {
        writer.refuse(ErrorCode::kLimit, fmt::format("a line of {} bytes, the limit is {}",
                                                     writer.size() + kTrailerRoom, kLineBytesMax));
    }
    if (writer.failed()) return fail(writer.finish(fmt::format("emit {}", head.type)).error());
    RETURN_IF_ERROR(writer.finish());
    return head.draft;
}

}  // namespace daybook::json
