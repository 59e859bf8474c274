// What each fuzzer does with one input: all that outsiders' bytes can reach, and the promises that
// hold for any bytes.  A promise that is broken stops the process (DAYBOOK_CHECK).
//
// `make fuzz` lets libFuzzer make the inputs; `make test` replays those that are kept in corpus/.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace daybook::fuzz {

// Lines in memory: what is accepted is written again byte for byte, the rest is named.
void fuzz_line(std::string_view input);
// Trailers: whatever the body, the line that is made of it is accepted, and no changed one.
void fuzz_trailer(std::string_view input);
// A part's file: the reader, the audit, the follower and the look at the tail agree with what
// stands there.
void fuzz_part(std::string_view input);
// Names of parts and days, and cursors that point anywhere into a part.
void fuzz_cursor(std::string_view input);
// JSON events: what is accepted becomes a line that reads as it was meant, and is accepted again.
void fuzz_emit(std::string_view input);
// Schema registries, schemas that are registered, and events checked against them.
void fuzz_registry(std::string_view input);

// Seals, and the head that names the newest: what is read has one spelling.
void fuzz_seal(std::string_view input);

// Manifests of archives: what is read is written again, with the keys that nobody knows.
void fuzz_manifest(std::string_view input);

// Bundles, the tar archives within them, and the documents of merges and backups: nothing is given
// on that an import may not take.
void fuzz_bundle(std::string_view input);

struct Target {
    const char* name;  // also of its folder in corpus/
    void (*run)(std::string_view input);
};
std::span<const Target> targets();

// `input` with trailers where it asks for them: a fuzzer never guesses a checksum.  A line that
// begins with '~' and two more bytes is the body of a line with the numbers that these bytes are;
// the first must not be 0, else nothing is done.
std::string with_trailers(std::string_view input);

}  // namespace daybook::fuzz
