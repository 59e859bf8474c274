// Bundles that somebody else has made: each kind of hostility is refused, by name.

#include "lifecycle/bundle_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "lifecycle/import_bundle.h"
#include "lifecycle/test_bundle.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class HostileBundle : public ::testing::Test {
protected:
    // What an import says to it; it must have left no trace.
    std::string refusal(const ImportBundleOptions& options = {}) {
        bundle_.write(path_);
        const std::string said = error_of(import_bundle(ledger_.dir(), path_, options));
        EXPECT_EQ(ledger_.files(), (std::map<std::string, std::string>{}));
        const std::string prefix = "import " + path_ + ": ";
        EXPECT_TRUE(said.empty() || said.starts_with(prefix)) << said;
        return said.substr(std::min(said.size(), prefix.size()));
    }
    // The same of a bundle whose only file has this path.
    std::string refusal_of_place(const std::string& path) {
        bundle_ = TestBundle();
        bundle_.members = {{path, "x"}};
        return refusal();
    }
    std::string refusal_of_line(const std::string& line) {
        bundle_ = TestBundle();
        bundle_.events = test_line(1) + line;
        return refusal();
    }

    testing::TempDir temp_;
    std::string path_ = temp_ / "b.tar.zst";
    TestBundle bundle_;
    TestLedger ledger_;
};

TEST_F(HostileBundle, OneThatIsNotHostileIsTaken) {
    bundle_.write(path_);
    const ImportBundleReport report = testing::value_of(import_bundle(ledger_.dir(), path_));
    EXPECT_EQ(report.events.written, 2U);
    EXPECT_EQ(report.artifacts.placed, 2U);
    EXPECT_EQ(ledger_.read("artifacts/runs/r1/b/c"), "bb");
}

TEST_F(HostileBundle, PlacesOutsideArtifactsAreRefused) {
    EXPECT_EQ(refusal_of_place("/etc/passwd"), "/etc/passwd: it has an absolute path");
    EXPECT_EQ(refusal_of_place("../x"), "../x: it lies outside artifacts/");
    EXPECT_EQ(refusal_of_place("artifacts/../../x"), "artifacts/../../x: its path has '..'");
    EXPECT_EQ(refusal_of_place("artifacts/./x"), "artifacts/./x: its path has '.'");
    EXPECT_EQ(refusal_of_place("artifacts//x"), "artifacts//x: its path has an empty name");
    EXPECT_EQ(refusal_of_place("artifacts/x/"), "artifacts/x/: its path has an empty name");
    EXPECT_EQ(refusal_of_place("artifacts/"), "artifacts/: its path has an empty name");
    EXPECT_EQ(refusal_of_place("ledger.json"), "ledger.json: it lies outside artifacts/");
    EXPECT_EQ(refusal_of_place("events/day=2026-01-23/part-000001.jsonl"),
              "events/day=2026-01-23/part-000001.jsonl: it lies outside artifacts/");
    EXPECT_EQ(refusal_of_place("artifacts/runs/r1/a\nb"),
              "artifacts/runs/r1/a\\x0ab: its path has control characters");
    EXPECT_EQ(refusal_of_place("artifacts/.importing"),
              "artifacts/.importing: no file may be called so");
    EXPECT_NE(refusal_of_place("artifacts/" + std::string(256, 'n')).find("no file system takes"),
              std::string::npos);
    EXPECT_NE(refusal_of_place("artifacts/" + std::string(5000, '/')).find("5010 bytes"),
              std::string::npos);
}

TEST_F(HostileBundle, OnlyFilesAreTaken) {
    const std::vector<std::pair<char, std::string>> kinds = {{'1', "a hard link"},
                                                             {'2', "a symbolic link"},
                                                             {'3', "a character device"},
                                                             {'4', "a block device"},
                                                             {'5', "a directory"},
                                                             {'6', "a pipe"},
                                                             {'S', "a sparse file"},
                                                             {'g', "something that is no file"},
                                                             {'L', "something that is no file"}};
    for (const auto& [kind, name] : kinds) {
        bundle_ = TestBundle();
        bundle_.members[0].kind = kind;
        EXPECT_EQ(refusal(), "artifacts/runs/r1/a: it is " + name + ", expected a file");
    }
}

TEST_F(HostileBundle, WhatTheManifestDoesNotListIsRefused) {
    bundle_.lie = [](BundleManifest& list) { list.files.erase(list.files.begin()); };
    EXPECT_EQ(
        refusal(),
        "artifacts/runs/r1/a: manifest.json does not list it here; expected artifacts/runs/r1/b/c");
    bundle_ = TestBundle();
    bundle_.lie = [](BundleManifest& list) { std::swap(list.files[0], list.files[1]); };
    EXPECT_EQ(
        refusal(),
        "artifacts/runs/r1/a: manifest.json does not list it here; expected artifacts/runs/r1/b/c");
    bundle_ = TestBundle();
    bundle_.lie = [](BundleManifest& list) {
        list.files.insert(list.files.end() - 1, {"artifacts/runs/r1/z", 0, sha256_hex("")});
    };
    EXPECT_EQ(refusal(),
              "events.jsonl: manifest.json does not list it here; expected artifacts/runs/r1/z");
}

TEST_F(HostileBundle, MembersBehindTheLastAreRefused) {
    const std::string whole = bundle_.tar();
    const std::string end = encode_tar_end();
    TestBundle::write_tar(path_, whole.substr(0, whole.size() - end.size()) +
                                     test_header({"artifacts/late", ""}) + end);
    EXPECT_NE(error_of(import_bundle(ledger_.dir(), path_))
                  .find("artifacts/late: manifest.json does not list it"),
              std::string::npos);
    bundle_.behind = "something";
    EXPECT_EQ(refusal(), "something follows the end of the archive");
    bundle_.behind = std::string(1 << 20, '\0');
    EXPECT_EQ(refusal(), "something follows the end of the archive");
    // As tar fills its last record.
    bundle_.behind = std::string(7168, '\0');
    bundle_.write(path_);
    EXPECT_EQ(error_of(import_bundle(ledger_.dir(), path_)), "");
}

TEST_F(HostileBundle, PathsAreUniqueAndNoFileLiesBelowAFile) {
    bundle_.members = {{"artifacts/runs/r1/a", "x"}, {"artifacts/runs/r1/a", "x"}};
    EXPECT_EQ(refusal(), "artifacts/runs/r1/a: manifest.json lists it twice");
    bundle_.members = {{"artifacts/runs/r1/a/b", "x"},
                       {"artifacts/runs/r1/a", "x"},
                       {"artifacts/runs/r1/a-b", "x"}};
    EXPECT_EQ(refusal(), "artifacts/runs/r1/a: it is a file and a directory of others");
}

TEST_F(HostileBundle, SizesAndHashesMustBeThoseOfTheManifest) {
    bundle_.lie = [](BundleManifest& list) { list.files[0].bytes = 4; };
    EXPECT_EQ(refusal(), "artifacts/runs/r1/a: it has 3 bytes, manifest.json says 4");
    bundle_.lie = [](BundleManifest& list) { list.files[1].sha256 = std::string(64, '0'); };
    EXPECT_EQ(refusal(), "artifacts/runs/r1/b/c: its SHA-256 is " + sha256_hex("bb") +
                             ", manifest.json says " + std::string(64, '0'));
    bundle_.lie = [](BundleManifest& list) { list.files[2].sha256 = std::string(64, '0'); };
    EXPECT_NE(refusal().find("events.jsonl: its SHA-256 is"), std::string::npos);
    bundle_.lie = [](BundleManifest& list) { list.events = 3; };
    EXPECT_EQ(refusal(), "events.jsonl: it has 2 events, manifest.json says 3");
}

TEST_F(HostileBundle, BombsAreRefusedBeforeTheyAreUnpacked) {
    bundle_.members[0].bytes = std::string(1 << 20, '\0');
    const ImportBundleOptions small{.limits = {.ratio_max = 100, .ratio_free_bytes = 100'000}};
    EXPECT_NE(refusal(small).find("more than 100 times as much"), std::string::npos);
    const ImportBundleOptions less{.limits = {.bytes_max = 100'000}};
    EXPECT_EQ(refusal(less),
              "artifacts/runs/r1/a: with it there are more than the 100000 bytes that are allowed");
    const ImportBundleOptions few{.limits = {.members_max = 2}};
    EXPECT_EQ(refusal(few), "it has 3 members, at most 2 are allowed");
    const ImportBundleOptions tiny{.limits = {.manifest_bytes_max = 100}};
    EXPECT_NE(refusal(tiny).find("manifest.json: it has"), std::string::npos);
    // Sizes that add up to nothing.
    bundle_ = TestBundle();
    bundle_.lie = [](BundleManifest& list) {
        list.files[0].bytes = INT64_MAX;
        list.files[1].bytes = INT64_MAX;
        list.files[2].bytes = 2;
    };
    EXPECT_NE(refusal().find("bytes that are allowed"), std::string::npos);
}

TEST_F(HostileBundle, AManifestThatIsNoneIsRefused) {
    const std::vector<std::pair<std::string, std::string>> texts = {
        {"[]", "an object"},
        {"{}", "found no `format`"},
        {R"({"format":2})", "found format 2, this version knows 1"},
        {R"({"format":0,"ledger_id":"l","runs":[],"events":0,"files":[]})", "found format 0"},
        {R"({"format":1,"ledger_id":"l","runs":[],"events":0,"files":[]})",
         "the last of its files"},
        {R"({"format":1,"format":1})", "given twice"},
        {R"({"format":1,"ledger_id":"l","runs":[],"events":-1,"files":[]})", "at least 0"},
        {R"({"format":1,"ledger_id":"l","runs":[],"events":0,"files":[{"path":"events.jsonl"}]})",
         "expected `path`, `bytes` and `sha256`"},
        {R"({"format":1,"files":[{"path":"a","bytes":1,"sha256":"zz"}]})", "64"},
        {std::string(100, '[') + std::string(100, ']'), ""},
        {R"({"format":1,"x":)" + std::string(100, '[') + std::string(100, ']') + "}", "64"},
    };
    for (const auto& [text, expected] : texts) {
        bundle_ = TestBundle();
        bundle_.manifest_text = text;
        const std::string said = refusal();
        EXPECT_NE(said, "") << text;
        EXPECT_NE(said.find(expected), std::string::npos) << text << "\n" << said;
    }
}

TEST_F(HostileBundle, EventsMustBeOnes) {
    const auto expect = [&](const std::string& line, const std::string& expected) {
        const std::string said = refusal_of_line(line);
        EXPECT_TRUE(said.starts_with("events.jsonl, line 2: ")) << said;
        EXPECT_NE(said.find(expected), std::string::npos) << said;
    };
    expect("\n", "damaged: empty");
    expect("not json\n", "damaged: no_object");
    std::string changed = test_line(2);
    changed[20] = 'x';
    expect(changed, "damaged: bad_checksum");
    expect("{\"a\":1}\n", "event_type");
    expect(test_line(2, ",\"tags\":{}"), "given twice");
    expect(test_line(2, ",\"seq\":1"), "seq");
    expect(test_line(2, ",\"x\":01"), "line 1");
    expect(test_line(2, ",\"x\":" + std::string(70, '[') + std::string(70, ']')), "64");
    const auto foreign = [](std::string_view type, std::string_view run, std::string_view more) {
        return fmt::format(
                   R"({{"event_type":"{}","event_id":"0193d5e8-0000-7000-8000-000000000009",)"
                   R"("timestamp_ms":1769159700250,"run_id":"{}"{}}})",
                   type, run, more) +
               "\n";
    };
    expect(foreign("run.tagged", "r2", R"(,"tags":{})"), "of run r2, which manifest.json does not");
    expect(foreign("ledger.imported", "_ledger", R"(,"source":"x","events":1)"),
           "expected events of runs alone");
    expect(foreign("view.saved", "r1", R"(,"name":"x","sql":"y")"), "");
    expect(foreign("desk.fill", "r1", ""), "desk.fill");
    expect(foreign("artifact.created", "r1",
                   R"(,"artifact_type":"t","artifact_path":"a/../../b","size_bytes":1)"),
           "it names a/../../b, which leads out of the ledger");
    expect(R"({"event_type":"run.tagged","run_id":"r1","tags":{}})"
           "\n",
           "no event_id");
}

TEST_F(HostileBundle, TheLastLineMustEnd) {
    bundle_.events = test_line(1) + "{}";
    bundle_.lie = [](BundleManifest& list) { list.events = 1; };
    EXPECT_EQ(refusal(), "events.jsonl: its last line has no end");
}

TEST_F(HostileBundle, ALineIsNoLongerThanAnEvent) {
    bundle_.events = test_line(1) + std::string(kLineBytesMax, ' ') + "\n";
    EXPECT_EQ(refusal(), "events.jsonl, line 2: it is longer than any event may be");
}

TEST_F(HostileBundle, PaxHeadersMayOnlySayWhereAndHowMuch) {
    const std::string long_name =
        "artifacts/" + std::string(120, 'd') + "/" + std::string(150, 'n');
    bundle_.members = {{long_name, "x"}};
    EXPECT_EQ(refusal_of_place(long_name + "\x01"), "artifacts/" + std::string(120, 'd') + "/" +
                                                        std::string(69, 'n') +
                                                        "…: its path has control characters");
    const auto with_record = [&](const std::string& record) {
        TestBundle bundle;
        TestMember pax{"pax", record, kTarPax};
        std::string tar = bundle.tar();
        const std::size_t at = tar.find("artifacts/runs/r1/a\0", tar.find('\n') + 1);
        std::string header = test_header(pax) + record;
        header.append(tar_padding(record.size()), '\0');
        tar.insert(tar.rfind(std::string("artifacts/runs/r1/a\0", 20)), header);
        EXPECT_NE(at, std::string::npos);
        TestBundle::write_tar(path_, tar);
        return error_of(import_bundle(ledger_.dir(), path_));
    };
    EXPECT_NE(with_record("22 GNU.sparse.major=1\n").find("GNU.sparse.major"), std::string::npos);
    EXPECT_NE(with_record("17 linkpath=/etc\n").find("linkpath"), std::string::npos);
    EXPECT_NE(with_record("12 path=../\n").find("does not list it here"), std::string::npos);
    EXPECT_NE(with_record("999 path=x\n").find("holds no records"), std::string::npos);
    EXPECT_NE(with_record("0 \n").find("holds no records"), std::string::npos);
    EXPECT_EQ(ledger_.files(), (std::map<std::string, std::string>{}));
    EXPECT_EQ(with_record("18 mtime=17000000\n"), "");
}

TEST_F(HostileBundle, WhatIsNoArchiveIsRefused) {
    const auto said_of = [&](std::string_view bytes) {
        testing::expect_ok(os::write_file_atomic(path_, bytes));
        return error_of(import_bundle(ledger_.dir(), path_));
    };
    EXPECT_NE(said_of("").find("was cut"), std::string::npos);
    EXPECT_NE(said_of("no zstd at all").find("it is no zstd"), std::string::npos);
    TestBundle::write_tar(path_, std::string(2048, 'x'));
    EXPECT_NE(error_of(import_bundle(ledger_.dir(), path_)).find("no header of a tar"),
              std::string::npos);
    EXPECT_NE(error_of(import_bundle(ledger_.dir(), temp_ / "none")).find("no such file"),
              std::string::npos);
    EXPECT_NE(error_of(import_bundle(ledger_.dir(), temp_.path())).find("it is a directory"),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::lifecycle
