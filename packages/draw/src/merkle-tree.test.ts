import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildMerkleTree, type MerkleTree, rootOfPath } from './merkle-tree.ts'

/** Leaves and roots of the reference tests of Certificate Transparency (RFC 6962). */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
)
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const treeOf = (list: readonly Buffer[]): MerkleTree =>
  buildMerkleTree(list.length, (index) => list[index] ?? Buffer.alloc(0))

test('the tree has the roots of Certificate Transparency', () => {
  expect(roots.map((_, count) => treeOf(leaves.slice(0, count)).root)).toEqual(roots)
})

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Buffer.from(`leaf ${index}`))

test('every path of every tree leads to its root, and with another leaf, index or sibling it does not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (count, first, second) => {
      const tree = treeOf(leavesOf(count))
      const index = first % count
      const proof = { leaf: Buffer.from(`leaf ${index}`), index, count, path: tree.pathOf(index) }
      expect(rootOfPath(proof)).toBe(tree.root)
      expect(rootOfPath({ ...proof, leaf: Buffer.from('another') })).not.toBe(tree.root)
      const other = second % count
      if (other !== index) expect(rootOfPath({ ...proof, leaf: Buffer.from(`leaf ${other}`) })).not.toBe(tree.root)
      expect(rootOfPath({ ...proof, path: [...proof.path, tree.root] })).not.toBe(tree.root)
      if (proof.path.length > 0) {
        expect(rootOfPath({ ...proof, path: proof.path.slice(1) })).not.toBe(tree.root)
        expect(rootOfPath({ ...proof, path: proof.path.with(second % proof.path.length, tree.root) })).not.toBe(
          tree.root,
        )
      }
    }),
  )
})

test('a node passed off as a leaf leads elsewhere: prefixes keep them apart', () => {
  const [one, other] = leavesOf(2) as [Buffer, Buffer]
  const tree = treeOf([one, other])
  const children = [treeOf([one]).root, treeOf([other]).root].map((hex) => Buffer.from(hex, 'hex'))
  expect(treeOf([Buffer.concat(children)]).root).not.toBe(tree.root)
})

test('there is no path outside of the tree', () => {
  expect(() => treeOf(leavesOf(3)).pathOf(3)).toThrow('There is no leaf 3')
  expect(rootOfPath({ leaf: Buffer.from('leaf 0'), index: 1, count: 1, path: [] })).toBeNull()
})
