/** What holds for every kernel that works on rows. */
@NullMarked
package dev.lanewise.kernel;

import org.jspecify.annotations.NullMarked;
