#include "log/line.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"

namespace daybook::log {
namespace {

constexpr std::string_view kSeqKey = ",\"seq\":";
constexpr std::string_view kSyncedKey = ",\"synced\":";
constexpr std::string_view kChecksumKey = ",\"checksum\":\"";
constexpr std::size_t kChecksumDigits = 16;
constexpr std::string_view kLineEnd = "\"}";
constexpr std::size_t kChecksumBytes = kChecksumKey.size() + kChecksumDigits + kLineEnd.size();
static_assert(kChecksumBytes == 31);

// Takes `,"name":<digits>` off the end of `text`.  Only the spelling that append_trailer() writes
// is accepted: no leading zero, no sign.
bool take_number(std::string_view& text, std::string_view key, Seq* value) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 20) {
        const char c = text[text.size() - 1 - digits];
        if (c < '0' || c > '9') break;
        ++digits;
    }
    const std::string_view number = text.substr(text.size() - digits);
    const std::string_view rest = text.substr(0, text.size() - digits);
    if (number.empty() || number.front() == '0' || !rest.ends_with(key)) return false;
    std::uint64_t parsed_value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), parsed_value);
    if (parsed.ec != std::errc()) return false;
    *value = Seq(parsed_value);
    text = rest.substr(0, rest.size() - key.size());
    return true;
}

bool has_checksum_form(std::string_view text) {
    return text.size() > kChecksumBytes && text.ends_with(kLineEnd) &&
           text.substr(text.size() - kChecksumBytes).starts_with(kChecksumKey);
}

// What a line without a trailer looks like from outside.
struct ObjectShape {
    bool whole = false;     // one object, braces and quotes balanced, nothing after it
    bool reserved = false;  // a field `seq` or `checksum` at its top level
};

// Looks at quotes, braces and top-level names only: enough to tell another tool's line from half of
// one of ours.  Whether it is valid JSON is for those who know JSON.
class ObjectWalk {
public:
    explicit ObjectWalk(std::string_view text) : text_(text) {}

    ObjectShape walk() {
        while (!text_.empty() && is_blank(text_.back())) text_.remove_suffix(1);
        while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
        if (position_ == text_.size() || text_[position_] != '{') return shape_;
        while (position_ < text_.size()) {
            const char c = text_[position_];
            if (c == '"') {
                if (!skip_string()) return shape_;
                continue;
            }
            if (c == '{' || c == '[') ++depth_;
            if (c == '}' || c == ']') --depth_;
            ++position_;
            if (depth_ == 0) break;
        }
        shape_.whole = depth_ == 0 && position_ == text_.size() && text_.back() == '}';
        return shape_;
    }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

    bool skip_string() {
        const std::size_t begin = ++position_;
        while (position_ < text_.size() && text_[position_] != '"') {
            position_ += text_[position_] == '\\' ? std::size_t{2} : std::size_t{1};
        }
        if (position_ >= text_.size()) return false;
        const std::string_view name = text_.substr(begin, position_ - begin);
        ++position_;
        if (depth_ == 1 && (name == "seq" || name == "checksum")) {
            std::size_t next = position_;
            while (next < text_.size() && is_blank(text_[next])) ++next;
            if (next < text_.size() && text_[next] == ':') shape_.reserved = true;
        }
        return true;
    }

    std::string_view text_;
    std::size_t position_ = 0;
    int depth_ = 0;
    ObjectShape shape_;
};

bool has_control_byte(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && byte != '\t' && byte != '\r';
    });
}

void set_damaged(Line& line, Damage damage) {
    // Made anew: what was read of a trailer in doubt is worth nothing.
    line = {.offset = line.offset,
            .text = line.text,
            .length = line.length,
            .kind = LineKind::kDamaged,
            .damage = damage,
            .checksum = xxh3_64(line.text)};
}

// What is wrong with a line in the form of ours whose digits are not its checksum.
Damage damage_of(std::string_view text, std::string_view digits) {
    std::uint64_t ignored = 0;
    if (!parse_hex64(digits, &ignored)) return Damage::kBadTrailer;
    const bool nul = text.find('\0') != std::string_view::npos;
    return nul ? Damage::kControlByte : Damage::kBadChecksum;
}

void judge_ours(Line& line) {
    const std::string_view covered = line.text.substr(0, line.text.size() - kChecksumBytes);
    const std::string_view digits =
        line.text.substr(covered.size() + kChecksumKey.size(), kChecksumDigits);
    const std::uint64_t checksum = xxh3_64(covered);
    // Comparing the digits costs less than reading them.
    char expected[kChecksumDigits];
    write_hex64(checksum, expected);
    if (std::memcmp(digits.data(), expected, kChecksumDigits) != 0) {
        return set_damaged(line, damage_of(line.text, digits));
    }
    line.body = covered;
    // Most lines have no `synced`.
    const bool numbered = take_number(line.body, kSeqKey, &line.seq) ||
                          (take_number(line.body, kSyncedKey, &line.synced) &&
                           take_number(line.body, kSeqKey, &line.seq));
    if (!numbered) return set_damaged(line, Damage::kBadTrailer);
    line.checksum = checksum;
    line.kind = LineKind::kOurs;
}

// What is no line of ours: another tool's, or damage.
void judge_other(Line& line) {
    const std::string_view text = line.text;
    if (has_control_byte(text)) return set_damaged(line, Damage::kControlByte);
    const ObjectShape shape = ObjectWalk(text).walk();
    if (shape.reserved) return set_damaged(line, Damage::kBadTrailer);
    if (!shape.whole) return set_damaged(line, Damage::kNoObject);
    line.kind = LineKind::kForeign;
    line.checksum = xxh3_64(text);
    line.body = text.substr(0, text.rfind('}'));
}

}  // namespace

const char* to_string(Damage damage) {
    switch (damage) {
        case Damage::kNone: return "none";
        case Damage::kEmpty: return "empty";
        case Damage::kControlByte: return "control_byte";
        case Damage::kNoObject: return "no_object";
        case Damage::kBadTrailer: return "bad_trailer";
        case Damage::kBadChecksum: return "bad_checksum";
        case Damage::kTooLong: return "too_long";
    }
    DAYBOOK_CHECK(false);
}

Line judge_line(std::string_view text, ByteOffset offset) {
    Line line{.offset = offset, .text = text.substr(0, kLineBytesMax), .length = text.size()};
    if (text.empty()) {
        set_damaged(line, Damage::kEmpty);
    } else if (text.size() >= kLineBytesMax) {
        set_damaged(line, Damage::kTooLong);
    } else if (has_checksum_form(text)) {
        judge_ours(line);
    } else {
        judge_other(line);
    }
    return line;
}

void append_trailer(std::string& buffer, std::size_t begin, Seq seq, Seq synced) {
    char trailer[kTrailerBytesMax];
    char* out = trailer;
    const auto put = [&out](std::string_view text) {
        std::memcpy(out, text.data(), text.size());
        out += text.size();
    };
    put(kSeqKey);
    out = std::to_chars(out, trailer + sizeof(trailer), seq.value()).ptr;
    if (synced != Seq(0)) {
        put(kSyncedKey);
        out = std::to_chars(out, trailer + sizeof(trailer), synced.value()).ptr;
    }
    buffer.append(trailer, static_cast<std::size_t>(out - trailer));

    const std::uint64_t checksum = xxh3_64(std::string_view(buffer).substr(begin));
    out = trailer;
    put(kChecksumKey);
    write_hex64(checksum, out);
    out += kChecksumDigits;
    put("\"}\n");
    buffer.append(trailer, static_cast<std::size_t>(out - trailer));
}

}  // namespace daybook::log
