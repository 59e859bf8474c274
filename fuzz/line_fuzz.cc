#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/hash.h"
#include "log/line.h"
#include "log/scan.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

// The bytes that a writer would have written for it.
std::string written_again(const log::Line& line) {
    std::string text(line.body);
    log::append_trailer(text, 0, line.seq, line.synced);
    text.pop_back();
    return text;
}

void check_foreign(const log::Line& line) {
    DAYBOOK_CHECK(line.seq == log::Seq(0) && line.synced == log::Seq(0));
    DAYBOOK_CHECK(line.text.starts_with(line.body) && line.text[line.body.size()] == '}');
    // Without what another tool put behind the object it is the same event.
    const std::string object = std::string(line.body) + '}';
    const log::Line again = log::judge_line(object, line.offset);
    DAYBOOK_CHECK(again.kind == log::LineKind::kForeign && again.body == line.body);
    // And when Daybook writes it, its own.
    std::string ours(line.body);
    log::append_trailer(ours, 0, log::Seq(1), log::Seq(0));
    ours.pop_back();
    const log::Line copy = log::judge_line(ours, line.offset);
    DAYBOOK_CHECK(copy.kind == log::LineKind::kOurs && copy.body == line.body);
}

void check_line(const log::Line& line) {
    DAYBOOK_CHECK(line.length == line.text.size());
    switch (line.kind) {
        case log::LineKind::kOurs:
            DAYBOOK_CHECK(line.damage == log::Damage::kNone && line.seq != log::Seq(0));
            DAYBOOK_CHECK(written_again(line) == line.text);
            break;
        case log::LineKind::kForeign:
            DAYBOOK_CHECK(line.damage == log::Damage::kNone);
            DAYBOOK_CHECK(line.checksum == xxh3_64(line.text));
            check_foreign(line);
            break;
        case log::LineKind::kDamaged:
            DAYBOOK_CHECK(line.damage != log::Damage::kNone && line.body.empty());
            DAYBOOK_CHECK(line.seq == log::Seq(0) && line.synced == log::Seq(0));
            DAYBOOK_CHECK(line.checksum == xxh3_64(line.text));
            break;
    }
}

}  // namespace

void fuzz_line(std::string_view input) {
    const std::string bytes = with_trailers(input);
    log::Scanner scanner(bytes, ByteOffset(1000));
    std::string seen;
    while (const std::optional<log::Line> line = scanner.next()) {
        DAYBOOK_CHECK(line->offset == ByteOffset(1000 + seen.size()));
        check_line(*line);
        seen += line->text;
        seen += '\n';
        DAYBOOK_CHECK(scanner.offset() == ByteOffset(1000 + seen.size()));
    }
    seen += scanner.rest();
    DAYBOOK_CHECK(seen == bytes);
}

}  // namespace daybook::fuzz
