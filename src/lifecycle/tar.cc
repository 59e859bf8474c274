#include "lifecycle/tar.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace daybook::lifecycle {
namespace {

// A field of the header: where it is, and how long.
struct Field {
    std::size_t at;
    std::size_t bytes;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kOwner{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kKindAt = 156;
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};

constexpr std::string_view kUstar("ustar\00000", 8);
// What GNU tar has there; its headers are read alike but for the prefix.
constexpr std::string_view kGnu("ustar  \0", 8);
// The most that eleven octal digits hold.
constexpr std::uint64_t kOctalSizeMax = (std::uint64_t{1} << 33) - 1;

std::string_view text_of(std::string_view block, Field field) {
    const std::string_view whole = block.substr(field.at, field.bytes);
    return whole.substr(0, std::min(whole.find('\0'), whole.size()));
}

void put(std::string& block, Field field, std::string_view text) {
    text.copy(block.data() + field.at, field.bytes);
}

void put_octal(std::string& block, Field field, std::uint64_t value) {
    put(block, field, fmt::format("{:0{}o}", value, field.bytes - 1));
}

// Octal digits between blanks; nullopt: something else.
std::optional<std::uint64_t> octal_of(std::string_view block, Field field) {
    std::string_view text = text_of(block, field);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The sum of the header's bytes, with blanks in the place of the sum itself.
std::uint64_t checksum_of(std::string_view block) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const bool is_sum = i >= kChecksum.at && i < kChecksum.at + kChecksum.bytes;
        sum += is_sum ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
    }
    return sum;
}

std::string ustar_block(char kind, std::string_view prefix, std::string_view name,
                        std::uint64_t bytes) {
    std::string block(kTarBlockBytes, '\0');
    put(block, kName, name);
    put_octal(block, kMode, 0644);
    put_octal(block, kOwner, 0);
    put_octal(block, kGroup, 0);
    put_octal(block, kSize, bytes);
    put_octal(block, kTime, 0);
    block[kKindAt] = kind;
    put(block, kMagic, kUstar);
    put(block, kPrefix, prefix);
    put(block, kChecksum, fmt::format("{:06o}{}{}", checksum_of(block), '\0', ' '));
    return block;
}

// Where to part a long path, at a slash; npos: ustar has no room for it.
std::size_t split_of(std::string_view path) {
    for (std::size_t at = path.find('/'); at != std::string_view::npos;
         at = path.find('/', at + 1)) {
        if (at > kPrefix.bytes) return std::string_view::npos;
        if (at > 0 && path.size() - at - 1 <= kName.bytes) return at;
    }
    return std::string_view::npos;
}

// "23 path=a/b\n", where 23 counts its own digits too.
std::string pax_record(std::string_view keyword, std::string_view value) {
    const std::size_t rest = keyword.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (fmt::to_string(length).size() + rest != length) {
        length = fmt::to_string(length).size() + rest;
    }
    return fmt::format("{} {}={}\n", length, keyword, value);
}

void append_padded(std::string& out, std::string_view bytes) {
    out.append(bytes);
    out.append(tar_padding(bytes.size()), '\0');
}

Status apply_record(std::string_view keyword, std::string_view value, TarHeader& header) {
    if (keyword == "path") {
        header.path = value;
        return {};
    }
    if (keyword == "size") {
        const char* const value_end = value.data() + value.size();
        const auto [end, error] = std::from_chars(value.data(), value_end, header.bytes);
        if (error == std::errc() && end == value_end) return {};
        return fail(ErrorCode::kCorrupt, "its pax header has size={}, expected a number",
                    printable(value));
    }
    // They are of a person's archive and say nothing of what is in the file.
    constexpr std::string_view kPassedOver[] = {"mtime", "atime", "ctime", "uid",
                                                "gid",   "uname", "gname", "comment"};
    if (std::find(std::begin(kPassedOver), std::end(kPassedOver), keyword) !=
        std::end(kPassedOver)) {
        return {};
    }
    return fail(ErrorCode::kUnsupported, "its pax header has `{}`, expected a plain file",
                printable(keyword));
}

}  // namespace

std::size_t tar_padding(std::uint64_t bytes) {
    return static_cast<std::size_t>((kTarBlockBytes - bytes % kTarBlockBytes) % kTarBlockBytes);
}

std::string encode_tar_header(std::string_view path, std::uint64_t bytes) {
    const bool fits = path.size() <= kName.bytes;
    const std::size_t split = fits ? std::string_view::npos : split_of(path);
    const bool needs_path = !fits && split == std::string_view::npos;
    const bool needs_size = bytes > kOctalSizeMax;
    std::string header;
    if (needs_path || needs_size) {
        std::string records;
        if (needs_path) records += pax_record("path", path);
        if (needs_size) records += pax_record("size", fmt::to_string(bytes));
        header = ustar_block(kTarPax, "", "pax", records.size());
        append_padded(header, records);
    }
    // Behind a pax header the fields that it replaces say what fits.
    const std::uint64_t size = needs_size ? 0 : bytes;
    if (split != std::string_view::npos) {
        header += ustar_block(kTarFile, path.substr(0, split), path.substr(split + 1), size);
    } else {
        header += ustar_block(kTarFile, "", path.substr(0, kName.bytes), size);
    }
    return header;
}

std::string encode_tar_end() { return std::string(2 * kTarBlockBytes, '\0'); }

Result<std::optional<TarHeader>> decode_tar_header(std::string_view block) {
    if (block.find_first_not_of('\0') == std::string_view::npos) return std::nullopt;
    const std::string_view magic = block.substr(kMagic.at, kMagic.bytes);
    const std::optional<std::uint64_t> sum = octal_of(block, kChecksum);
    if ((magic != kUstar && magic != kGnu) || !sum || *sum != checksum_of(block)) {
        return fail(ErrorCode::kCorrupt, "found no header of a tar archive, or a damaged one");
    }
    TarHeader header{.kind = block[kKindAt], .path = std::string(text_of(block, kName))};
    // As archives older than ustar have it.
    if (header.kind == '\0') header.kind = kTarFile;
    const std::string_view prefix = text_of(block, kPrefix);
    if (magic == kUstar && !prefix.empty()) {
        header.path = std::string(prefix) + "/" + header.path;
    }
    const std::optional<std::uint64_t> bytes = octal_of(block, kSize);
    if (!bytes) {
        return fail(ErrorCode::kCorrupt, "{}: found no size in its header", printable(header.path));
    }
    header.bytes = *bytes;
    return header;
}

std::string_view describe_tar_kind(char kind) {
    switch (kind) {
        case kTarFile: return "a file";
        case '1': return "a hard link";
        case '2': return "a symbolic link";
        case '3': return "a character device";
        case '4': return "a block device";
        case '5': return "a directory";
        case '6': return "a pipe";
        case 'S': return "a sparse file";
        default: return "something that is no file";
    }
}

Status apply_pax(std::string_view records, TarHeader& header) {
    while (!records.empty()) {
        std::size_t length = 0;
        const char* const records_end = records.data() + records.size();
        const auto [end, error] = std::from_chars(records.data(), records_end, length);
        const auto digits = static_cast<std::size_t>(end - records.data());
        const bool is_whole = error == std::errc() && length > digits + 1 &&
                              length <= records.size() && records[digits] == ' ' &&
                              records[length - 1] == '\n';
        const std::string_view record =
            is_whole ? records.substr(digits + 1, length - digits - 2) : std::string_view();
        const std::size_t equals = record.find('=');
        if (equals == std::string_view::npos) {
            return fail(ErrorCode::kCorrupt, "its pax header holds no records");
        }
        RETURN_IF_ERROR(apply_record(record.substr(0, equals), record.substr(equals + 1), header));
        records.remove_prefix(length);
    }
    return {};
}

}  // namespace daybook::lifecycle
