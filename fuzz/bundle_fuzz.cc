#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/bundle_format.h"
#include "lifecycle/bundle_reader.h"
#include "lifecycle/merge_state.h"
#include "lifecycle/tar.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

// What an import would be told: no place outside artifacts/, no damage, and no more bytes than the
// manifest has said.
class Checker final : public lifecycle::BundleHandler {
public:
    Status manifest(const lifecycle::BundleManifest& manifest) override {
        list_ = manifest;
        return {};
    }
    Status begin_file(const lifecycle::BundleFile& file) override {
        DAYBOOK_CHECK(lifecycle::check_artifact_place(file.path).has_value());
        DAYBOOK_CHECK(file.path.find("/../") == std::string::npos);
        left_ = file.bytes;
        return {};
    }
    Status file_bytes(std::string_view bytes) override {
        DAYBOOK_CHECK(bytes.size() <= left_);
        left_ -= bytes.size();
        return {};
    }
    Status end_file(const lifecycle::BundleFile&) override {
        DAYBOOK_CHECK(left_ == 0);
        return {};
    }
    Status event(const log::Line& line, std::uint64_t number) override {
        DAYBOOK_CHECK(line.kind != log::LineKind::kDamaged && !line.body.empty());
        DAYBOOK_CHECK(number == ++events_);
        return {};
    }

    void check_end() const { DAYBOOK_CHECK(events_ == list_.events); }

private:
    lifecycle::BundleManifest list_{};
    std::uint64_t left_ = 0;
    std::uint64_t events_ = 0;
};

lifecycle::ReadBytes bytes_of(std::string_view input) {
    return [input](std::span<char> out) mutable -> Result<std::size_t> {
        const std::size_t count = std::min(out.size(), input.size());
        input.copy(out.data(), count);
        input.remove_prefix(count);
        return count;
    };
}

// As one frame of zstd with blocks that are not compressed: a fuzzer sees through it.
std::string framed(std::string_view bytes) {
    // Magic, a header without checksum and size, a window of 128 KiB.
    std::string frame("\x28\xB5\x2F\xFD\x00\x38", 6);
    do {
        const std::size_t size = std::min<std::size_t>(bytes.size(), std::size_t{1} << 16);
        const std::size_t header = size << 3 | (size == bytes.size() ? 1U : 0U);
        for (int shift = 0; shift < 24; shift += 8) {
            frame.push_back(static_cast<char>(header >> shift & 0xFF));
        }
        frame.append(bytes.substr(0, size));
        bytes.remove_prefix(size);
    } while (!bytes.empty());
    return frame;
}

void read(std::string_view compressed) {
    Checker checker;
    const lifecycle::BundleLimits limits{.bytes_max = std::uint64_t{1} << 24};
    const Status status =
        lifecycle::read_bundle(bytes_of(compressed), compressed.size(), checker, limits);
    if (status) checker.check_end();
}

}  // namespace

// The bytes as a bundle, as the archive within one, and as each of the documents.
void fuzz_bundle(std::string_view input) {
    read(input);
    read(framed(input));
    if (const auto manifest = lifecycle::decode_bundle_manifest(input)) {
        const auto again = lifecycle::decode_bundle_manifest(encode_bundle_manifest(*manifest));
        DAYBOOK_CHECK(again.has_value() && *again == *manifest);
    }
    if (const auto list = lifecycle::decode_backup_list(input, "a list")) {
        const auto again = lifecycle::decode_backup_list(encode_backup_list(*list), "a list");
        DAYBOOK_CHECK(again.has_value() && *again == *list);
    }
    if (const auto state = lifecycle::decode_merge_state(input, "a state")) {
        const auto again = lifecycle::decode_merge_state(encode_merge_state(*state), "a state");
        DAYBOOK_CHECK(again.has_value() && *again == *state);
    }
    if (input.size() >= lifecycle::kTarBlockBytes) {
        static_cast<void>(lifecycle::decode_tar_header(input.substr(0, lifecycle::kTarBlockBytes)));
    }
    lifecycle::TarHeader header;
    static_cast<void>(lifecycle::apply_pax(input, header));
}

}  // namespace daybook::fuzz
