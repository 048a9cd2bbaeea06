/** How a public op reaches its kernel: on the calling thread, or over several. */
@NullMarked
package dev.lanewise.ops.call;

import org.jspecify.annotations.NullMarked;
