/*
 * The log of one day: writers, sealers, archivers and readers, as many as a configuration says.
 * README.md says what is modelled; tools/check_model runs it.
 */

#ifndef WRITERS
#define WRITERS 3
#endif
#ifndef EVENTS
#define EVENTS 1  /* of each writer */
#endif
#ifndef SEALERS
#define SEALERS 0
#endif
#ifndef ARCHIVERS
#define ARCHIVERS 0
#endif
#ifndef READERS
#define READERS 0
#endif

#include "files.pml"
#include "writer.pml"
#include "sealer.pml"
#include "archiver.pml"
#include "reader.pml"

init {
    atomic {
        i = 0;
        do
        :: i < WRITERS -> run Writer(1 + i * EVENTS, (i + 1) * EVENTS); i++
        :: i >= WRITERS && i < WRITERS + READERS -> run Reader(); i++
        :: i >= WRITERS + READERS && i < WRITERS + READERS + SEALERS -> run Sealer(); i++
        :: i >= WRITERS + READERS + SEALERS && i < WRITERS + READERS + SEALERS + ARCHIVERS ->
            run Archiver(); i++
        :: else -> break
        od
    }
}
