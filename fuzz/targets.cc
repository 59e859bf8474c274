#include "targets.h"

#include "log/line.h"

namespace daybook::fuzz {

std::span<const Target> targets() {
    static constexpr Target kTargets[] = {
        {"bundle", fuzz_bundle},     {"cursor", fuzz_cursor},     {"emit", fuzz_emit},
        {"line", fuzz_line},         {"manifest", fuzz_manifest}, {"part", fuzz_part},
        {"registry", fuzz_registry}, {"seal", fuzz_seal},         {"trailer", fuzz_trailer},
    };
    return kTargets;
}

std::string with_trailers(std::string_view input) {
    std::string bytes;
    while (!input.empty()) {
        const std::size_t newline = input.find('\n');
        const std::string_view line = input.substr(0, newline);
        const bool asks = line.size() >= 3 && line[0] == '~' && line[1] != '\0';
        if (newline == std::string_view::npos || !asks) {
            bytes += input.substr(0, newline == std::string_view::npos ? newline : newline + 1);
        } else {
            const std::size_t begin = bytes.size();
            bytes += line.substr(3);
            log::append_trailer(bytes, begin, log::Seq(static_cast<unsigned char>(line[1])),
                                log::Seq(static_cast<unsigned char>(line[2])));
        }
        input.remove_prefix(newline == std::string_view::npos ? input.size() : newline + 1);
    }
    return bytes;
}

}  // namespace daybook::fuzz
