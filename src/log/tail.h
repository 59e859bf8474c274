// The end of a part: whether it can be continued, and the repair of a torn one.
//
// The table of verdicts is docs/formats/part.md, "The tail".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/sharing.h"

namespace daybook::log {

// What a part's tail says about continuing it.
struct Tail {
    enum class Verdict {
        kContinue,  // the next line has next_seq
        kTorn,      // the same, once the part is cut to `whole`
        kDoubt,     // leave it alone; `reason` says why
    };
    Verdict verdict = Verdict::kDoubt;
    Seq next_seq{1};
    Seq synced{};        // the last `synced` seen in the tail; 0 if none
    ByteOffset whole{};  // where the unfinished line begins
    std::string reason{};
};

// Judges the last bytes of a part; `bytes` are its last kTailBytesMax bytes, or all of it, and end
// at offset `size`.  Where other tools write as well, nothing is ever torn, and whole lines of
// theirs may follow the last one of ours.
Tail judge_tail(std::string_view bytes, ByteOffset size, Sharing sharing = Sharing::kAlone);

// Reads and judges the tail of the part at `path`, whose size is `size`.  What cannot be read is in
// doubt.
Tail read_tail(int fd, const std::string& path, ByteOffset size, Sharing sharing);

// Moves what follows `whole` out of the part: into torn/, synced, before it is cut off.  Evidence
// is never overwritten.  Only the holder of the part's lock may do this, and only where nobody else
// writes (Sharing::kAlone).
// An error: nothing has been cut; kBusy: somebody has written to the part meanwhile.
Status cut_torn_tail(const Layout& layout, const PartId& part, int fd, ByteOffset size,
                     ByteOffset whole);

}  // namespace daybook::log
