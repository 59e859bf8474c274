// Headers of tar archives: POSIX ustar, with a pax header where ustar has no room for a path or a
// size.  Ordinary files and nothing else: what is no file is told by its letter, and refused by
// whoever reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::lifecycle {

// All that an archive holds is a multiple of this.
inline constexpr std::size_t kTarBlockBytes = 512;

// The letters of the kinds of members that are read.
inline constexpr char kTarFile = '0';
inline constexpr char kTarPax = 'x';

// What goes in front of a file's bytes.  The same file always makes the same header.
std::string encode_tar_header(std::string_view path, std::uint64_t bytes);
// How many zeros fill the last block of so many bytes.
std::size_t tar_padding(std::uint64_t bytes);
// The end of an archive.
std::string encode_tar_end();

struct TarHeader {
    char kind = kTarFile;
    std::string path;
    std::uint64_t bytes = 0;
};
// The header in a block; nullopt: the block is all zeros, as at the end.  kCorrupt: it is no
// header.
Result<std::optional<TarHeader>> decode_tar_header(std::string_view block);

// "a directory", "a symbolic link" for the letter of a kind.
std::string_view describe_tar_kind(char kind);

// What a pax header says of the member behind it, into `header`; keywords that say nothing of its
// content or place are passed over.  kCorrupt: they are no records; kUnsupported: they ask for
// something else than a plain file.
Status apply_pax(std::string_view records, TarHeader& header);

}  // namespace daybook::lifecycle
