@NullMarked
package dev.lanewise.netlib;

import org.jspecify.annotations.NullMarked;
