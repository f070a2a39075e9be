// Named moments at which a test can kill the process, as a power cut would.
//
// With DPR_KILL_AT=NAME:N in the environment the Nth call of KillPoint(NAME) raises SIGKILL;
// DPR_KILL_AT=*:N counts the calls of every name together. DPR_KILL_COUNT=FILE writes at exit how
// often each name was passed, so that a test can spread its kills over all of them. Without these
// variables a call costs one load.
#pragma once

namespace dpr {

void KillPoint(const char* name);

}  // namespace dpr
