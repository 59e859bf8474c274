// Bundles made by hand, for the tests: right in all but what a test makes wrong.
#pragma once

#include <fcntl.h>

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "lifecycle/bundle_format.h"
#include "lifecycle/tar.h"
#include "lifecycle/zstd_stream.h"
#include "log/line.h"
#include "os/file.h"
#include "support/outcome.h"

namespace daybook::lifecycle {

struct TestMember {
    std::string path;
    std::string bytes;
    char kind = kTarFile;
};

// A line of run r1, with its newline.
inline std::string test_line(int number, std::string_view more = "") {
    std::string line =
        fmt::format(R"({{"event_type":"run.tagged","event_id":"0193d5e8-0000-7000-8000-{:012}",)"
                    R"("timestamp_ms":1769159700250,"run_id":"r1","tags":{{"a":"b"}}{})",
                    number, more);
    log::append_trailer(line, 0, log::Seq(static_cast<std::uint64_t>(number)), log::Seq(0));
    return line;
}

// One that names the files of a TestBundle.
inline std::string test_naming_line() {
    std::string line =
        R"({"event_type":"run.completed","event_id":"0193d5e8-0000-7000-8000-000000000001",)"
        R"("timestamp_ms":1769159700250,"run_id":"r1","summary":{},)"
        R"("artifact_paths":{"a":"artifacts/runs/r1/a","c":"artifacts/runs/r1/b/c"})";
    log::append_trailer(line, 0, log::Seq(1), log::Seq(0));
    return line;
}

// A block of tar for a member of any kind.
inline std::string test_header(const TestMember& member) {
    std::string header = encode_tar_header(member.path, member.bytes.size());
    if (member.kind == kTarFile) return header;
    // The sum of all bytes, which the letter is one of.
    const std::size_t block = header.size() - kTarBlockBytes;
    header[block + 156] = member.kind;
    const auto sum = std::stoul(header.substr(block + 148, 6), nullptr, 8) +
                     static_cast<unsigned long>(member.kind) - kTarFile;
    header.replace(block + 148, 6, fmt::format("{:06o}", sum));
    return header;
}

class TestBundle {
public:
    std::vector<TestMember> members{{"artifacts/runs/r1/a", "aaa"},
                                    {"artifacts/runs/r1/b/c", "bb"}};
    std::string events = test_naming_line() + test_line(2);
    // What is changed in the manifest that goes with them.
    std::function<void(BundleManifest&)> lie{};
    // In place of that manifest; empty: it.
    std::string manifest_text{};
    std::string behind{};  // the end of the archive

    BundleManifest manifest() const {
        BundleManifest list{
            .ledger_id = "l", .exported_at = "2026-01-23T09:15:00.250Z", .runs = {"r1"}};
        list.events = static_cast<std::uint64_t>(std::count(events.begin(), events.end(), '\n'));
        for (const TestMember& member : members) {
            list.files.push_back({member.path, member.bytes.size(), sha256_hex(member.bytes)});
        }
        list.files.push_back({std::string(kBundleEventsName), events.size(), sha256_hex(events)});
        if (lie) lie(list);
        return list;
    }

    std::string tar() const {
        std::string bytes;
        const auto add = [&](const TestMember& member) {
            bytes += test_header(member) + member.bytes;
            bytes.append(tar_padding(member.bytes.size()), '\0');
        };
        add({std::string(kBundleManifestName),
             manifest_text.empty() ? encode_bundle_manifest(manifest()) : manifest_text});
        for (const TestMember& member : members) add(member);
        add({std::string(kBundleEventsName), events});
        return bytes + encode_tar_end() + behind;
    }

    // Writes it; returns its size.
    std::uint64_t write(const std::string& path) const { return write_tar(path, tar()); }
    static std::uint64_t write_tar(const std::string& path, std::string_view tar) {
        const os::UniqueFd fd = testing::value_of(os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC));
        ZstdWriter stream(fd.get(), path);
        testing::expect_ok(stream.write(tar));
        testing::expect_ok(stream.finish());
        return stream.bytes();
    }
};

}  // namespace daybook::lifecycle
