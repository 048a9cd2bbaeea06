@NullMarked
package dev.lanewise.autograd.diagnosis;

import org.jspecify.annotations.NullMarked;
