import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPng, readSvg } from '../test-tickets.ts'
import { pngOf, qrModulesOf, svgOf } from './qr-drawing.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

test('whatever the code, both drawings are read back as it is', () => {
  const codes = fc.array(fc.constantFrom(...alphabet), { minLength: 170, maxLength: 178 })
  fc.assert(
    fc.property(codes, (characters) => {
      const code = characters.join('')
      const modules = qrModulesOf(code)
      expect(readPng(pngOf(modules))).toMatchObject({ data: code, version: 7 })
      expect(readSvg(svgOf(modules, 'ticket'))).toMatchObject({ data: code, version: 7 })
    }),
    { numRuns: 20 },
  )
})

test('a seat’s name is text in a drawing, whatever it says', () => {
  const svg = svgOf(qrModulesOf('A'), '</title><script>1 & 2</script>')
  expect(svg).toContain('<title>&lt;/title&gt;&lt;script&gt;1 &amp; 2&lt;/script&gt;</title>')
})
